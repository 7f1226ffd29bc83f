"""Two hundred pieces of text that would be markup or script, were they ever parsed."""

from __future__ import annotations

from itertools import product

CALL = "window.hacked=1"
ELEMENTS = (
    "<script>{call}</script>",
    "<img src=x onerror={call}>",
    "<svg onload={call}></svg>",
    "<svg><script>{call}</script></svg>",
    "<math><mtext><img src=x onerror={call}></mtext></math>",
    "<template><img src=x onerror={call}></template>",
    '<iframe srcdoc="&lt;script&gt;parent.{call}&lt;/script&gt;"></iframe>',
    '<iframe src="javascript:parent.{call}"></iframe>',
    '<a href="javascript:{call}">press</a>',
    "<body onload={call}>",
    "<details open ontoggle={call}>x</details>",
    "<video><source onerror={call}></video>",
    "<input autofocus onfocus={call}>",
    "<style>@import 'javascript:{call}';*{{background:red}}</style>",
    '<object data="javascript:{call}"></object>',
    '<form action="javascript:{call}"><button>go</button></form>',
    "<marquee onstart={call}>x</marquee>",
    "[press](javascript:{call})",
    "**<b onmouseover={call}>bold</b>**",
    "{{{{constructor.constructor('{call}')()}}}}",
)
FRAMES = (
    "{}",
    '">{}',
    "'>{}",
    "</textarea>{}",
    "</script>{}",
    "- {}\n- {}",
    "--><!-- {} -->",
    "&lt;{}",
    "\u202e{}\u202c",
    "https://example.com/{}",
)
PAYLOADS = tuple(frame.replace("{}", element.format(call=CALL)) for element, frame in product(ELEMENTS, FRAMES))
