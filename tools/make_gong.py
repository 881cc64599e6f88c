"""Write the gong of call screens and phones: two struck tones, a falling third, made from sine waves."""

import math
import struct
import sys
import wave
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "eguichet_rdv/common/static/eguichet/gong.wav"
RATE = 16_000
SECONDS = 1.6
STRIKES = ((0.0, 659.26), (0.45, 523.25))
"""Second of the strike and pitch in hertz: e″, then c″."""
PARTIALS = ((1.0, 1.0), (2.0, 0.35), (3.01, 0.12))
"""Multiple of the pitch and its strength."""


def sample_at(second: float) -> float:
    """The loudness (-1 to 1) at ``second``."""
    total = 0.0
    for begin, pitch in STRIKES:
        age = second - begin
        if age >= 0:
            strike = min(1.0, age / 0.008) * math.exp(-3.2 * age)
            total += strike * sum(part * math.sin(math.tau * pitch * multiple * age) for multiple, part in PARTIALS)
    fade = min(1.0, (SECONDS - second) / 0.1)
    return max(-1.0, min(1.0, 0.5 * total * fade))


def main() -> int:
    """Write the file; the same bytes each time."""
    samples = [round(32_000 * sample_at(number / RATE)) for number in range(int(RATE * SECONDS))]
    with wave.open(str(TARGET), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return 0


if __name__ == "__main__":
    sys.exit(main())
