"""What a declaration says when it cannot be right."""


class DeclarationError(ValueError):
    """A plugin declares something impossible; the message is a full sentence for its author."""
