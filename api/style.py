"""Makes a C header of a page's style: its text, and its hash as a Content-Security-Policy names it.

style.py NAME.css
"""

import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

path = Path(sys.argv[1])
style = path.read_text(encoding="utf-8")
name = path.stem.upper()
lines = (line.replace("\\", r"\\").replace('"', r"\"") for line in style.splitlines())
text = "".join(f' \\\n\t"{line}\\n"' for line in lines)
digest = b64encode(sha256(style.encode()).digest()).decode()

print(f"/* Made by style.py out of {path.name}. */")
print(f"#define {name}_STYLE{text}")
print(f'#define {name}_STYLE_HASH "sha256-{digest}"')
