"""What a citizen takes away from a booking: QR code, letter, calendar file, mail."""
