"""What can be counted in a message: shouting, insults, demands, repetition, waiting, leaving, thanks.

Problem words ("broken", "refund", "error") are deliberately absent: they say what happened, not how somebody feels.
"""

from __future__ import annotations

import re

import numpy as np

from bot.intents.vectors import Floats

# One pattern for each sign; the number of hits counts, two at most.
PATTERNS: dict[str, str] = {
    "insult": (
        r"idiots?|morons?|stupid|clowns?|muppets?|crooks?|thie(?:f|ves)|scam(?:mers?|ming)|liars?|lying|lied"
        r"|cheats?|con artists?|useless|pathetic|incompeten\w+|clueless|amateurs|cowboys|robbers?|robbing"
        r"|ripped? ?off|rip-?off|shame on you|ashamed of"
    ),
    "swearing": (
        r"wtf|ffs|omfg|f+u+c+k\w*|f\*+\w*|sh[i*]+t\w*|bull ?sh[i*]t|crap\w*|bloody|damn\w*|hell|piss\w*"
        r"|arse\w*|bollocks|bastards?|screw you|sucks?"
    ),
    "anger": (
        r"angry|furious|fuming|livid|raging|outrag\w+|infuriat\w+|disgust\w+|disgrace\w*|ridiculous\w*"
        r"|unacceptable|appalling|shocking|shambles|farce|(?<!tell me )(?<!tell us )a joke|beyond a joke"
        r"|unbelievable|shameful|insulting"
        r"|insane|rubbish|garbage|horrible|terrible|awful|worst|nightmare|annoy\w+|frustrat\w+|fed up|sick of"
        r"|sick and tired|had enough|hate|hopeless|absurd|not good enough|isn'?t good enough"
    ),
    "disappointment": (
        r"disappoint\w+|let (?:me|us|her|him) down|let down|expected (?:better|more)"
        r"|lost (?:all )?(?:faith|confidence|trust)|losing (?:faith|patience|trust|the will)|give up|given up"
        r"|gave up|at a loss|regret\w*|put off|not impressed|unimpressed|poor service|what a (?:shame|waste)"
        r"|no faith|shame because|used to be|used to like|exhaust\w+|tired of|waste of|wast(?:ed|ing)"
        r"|pointless|no point|any point|why (?:do )?i bother"
    ),
    "repetition": (
        r"again and again|how many (?:more )?times"
        r"|(?:second|third|fourth|fifth|sixth|umpteenth|[2-9](?:nd|rd|th))"
        r" (?:time|one|replacement|attempt|email|e-mail|call)"
        r"|(?:two|three|four|five|six|ten|several|[2-9]|\d\d) times"
        r"|keeps? (?:telling|saying|asking|sending|being|happening)|kept (?:telling|asking)|over and over"
        r"|in circles|once more|one more time|another (?:week|excuse|form|lie|link)"
        r"|same (?:answer|question|problem|thing|story|fault|issue)|every (?:single )?(?:time|month|week|day)"
        r"|already (?:told|said|explained|mentioned|sent|tried|did|given)|as i (?:said|mentioned|have said)"
        r"|as i'?ve|last time|, again\b|again[.!?]*$|constantly|always"
    ),
    "waiting": (
        r"still (?:waiting|nothing|no|not|hasn'?t|haven'?t|isn'?t|don'?t|can'?t)|been waiting|waited|on hold"
        r"|for (?:over |more than )?(?:\w+ )?(?:weeks|months|hours|ages)"
        r"|(?:\d+|two|three|four|five|six|several) (?:weeks|months|hours)"
        r"|(?:no|any|a) (?:reply|response|answer)[.!?]*$|no one|nobody|ignor(?:ed|ing|e)|chas(?:e|ing|ed)"
        r"|hung up"
    ),
    "leaving": (
        r"elsewhere|never (?:again|order\w*|buy\w*|using|shop\w*|coming|fly\w*)|last time i"
        r"|clos(?:e|ing) (?:my|the) account|cancell?ing (?:everything|it all|my account)"
        r"|cancel (?:everything|it all)|switch(?:ing)? to"
        r"|go(?:ing)? (?:to|with) (?:another|a different|your competitor\w*)|leaving you"
        r"|lost (?:a|my) custom\w*|losing (?:a|me as a) customer"
        r"|won'?t be (?:recommending|ordering|back|using|renewing)|we'?re done|i'?m done\b|done with"
    ),
    "threat": (
        r"solicitor|lawyer|court|sue|trading standards|ombudsman|chargeback|watchdog|small claims|bbb"
        r"|report(?:ing)? you|zero stars|bad review|tell(?:ing)? everyone|warn(?:ing)? (?:others|people)"
        r"|all over (?:the internet|social)"
    ),
    "demand": (
        r"right now|immediately|this (?:instant|minute)|i demand|\bnow[!.]*$|do your job|sort (?:it|this) out"
        r"|fix (?:it|this|your)|answer (?:me|the question)|get me (?:a|an|your|someone)|pick up the"
        r"|stop (?:sending|telling|wasting|lying|taking|asking)"
    ),
    "disbelief": (
        r"how (?:dare|hard|is it possible|can you|on earth|can it|come)|what (?:the|is wrong|kind of)"
        r"|are you (?:kidding|serious|having|deaf|stupid)|you'?re kidding|kidding me|seriously\b|really\?"
        r"|for (?:god|goodness|crying|heaven)\w*|oh (?:great|good|wonderful|lovely)"
        r"|why (?:the|on earth|is this so|can'?t)|thanks for nothing|so much for|good job|great job|well done"
        r"|nice one"
    ),
    "distrust": (
        r"i'?(?:ve| have) (?:been|told|done|tried|explained|asked|given)"
        r"|you (?:said|promised|told|keep|took|have|ve|lot|people|guys)|was (?:promised|told|assured)|promised"
        r"|supposed to|not listening|doesn'?t get it|don'?t (?:believe|care|get it|listen|understand)"
        r"|that'?s not (?:what|a|an)|doesn'?t answer|excuses?"
    ),
    "thanks": (
        r"thank(?:s| you)|cheers|ta\b|great|brilliant|lovely|perfect|wonderful|awesome|amazing|love|sorted"
        r"|solved|appreciate\w*|no (?:rush|worries|problem|harm|hurry)|all good|helpful"
    ),
    "courtesy": (
        r"please|could you|can you|would you|may i|hello|hi\b|hey\b|good (?:morning|afternoon|evening)|sorry"
        r"|happy to|just (?:checking|letting|wondering)|fyi"
    ),
}
COMPILED = {name: re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) for name, pattern in PATTERNS.items()}
MOST = 2
FORM = ("capitals", "exclamations", "question_marks", "ellipsis")
NAMES = (*PATTERNS, *FORM)
BRIEF_WORDS = 4  # up to here a message says little about its writer ("and how often", "really?") ...
BRIEF_DOUBT = 1.2  # ... and its log-odds are lowered by this, unless one of these speaks for itself
PLAIN = ("insult", "swearing", "anger", "disappointment", "waiting", "leaving", "threat", *FORM)
SHOUTED = re.compile(r"\b[A-Z]{3,}\b")
NOT_SHOUTED = re.compile(
    r"\b(?:TW-?\d+|[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}|VAT|PDF|GPS|USA|FYI|ASAP|SMS|IOS|DHL|DPD|QR)\b"
)
ADDRESS = re.compile(r"https?://\S+|@\w+|#\w+")


def count_signs(text: str) -> dict[str, float]:
    """Count the signs in a message; every value lies between 0 and 3."""
    text = ADDRESS.sub(" ", text)
    counts = {name: float(min(MOST, len(pattern.findall(text)))) for name, pattern in COMPILED.items()}
    letters = sum(character.isalpha() for character in text)
    shouted = sum(len(word) for word in SHOUTED.findall(NOT_SHOUTED.sub(" ", text)))
    counts["capitals"] = min(1.0, shouted / letters) if letters >= 4 else 0.0
    counts["exclamations"] = float(min(3, text.count("!")))
    counts["question_marks"] = float(min(2, len(re.findall(r"\?{2,}|\?!|!\?", text))))
    counts["ellipsis"] = float(min(2, len(re.findall(r"\.{3,}|…", text))))
    return counts


def sign_row(text: str) -> Floats:
    """Return a message's signs in the order of `NAMES`."""
    counts = count_signs(text)
    return np.array([counts[name] for name in NAMES], dtype=np.float32)


def doubt(text: str) -> float:
    """Return by how much a message's log-odds are lowered because it is too brief to judge; 0 for all others."""
    if len(text.split()) > BRIEF_WORDS:
        return 0.0
    counts = count_signs(text)
    return 0.0 if any(counts[name] for name in PLAIN) else BRIEF_DOUBT
