"""rawtext.py FILE...: fails if a file holds anything that a terminal would act on or that does not show itself:
controls other than line ends, bidi controls, characters without width, bytes that are not UTF-8."""
import sys
import unicodedata

for name in sys.argv[1:]:
    data = open(name, "rb").read()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        sys.exit(f"{name}: not UTF-8: {data[max(0, e.start - 40):e.end + 10]!r}")
    for i, c in enumerate(text):
        if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp"):
            sys.exit(f"{name}: raw U+{ord(c):04X} in {text[max(0, i - 40):i + 10]!r}")
