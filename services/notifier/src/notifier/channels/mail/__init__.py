"""What every channel that mail leaves by shares. No channel of its own."""
