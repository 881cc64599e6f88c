"""The outbox; it knows no appointment, higher rooms register builders."""
