/** Phrases that documentation, comments and messages must not contain, with replacements: one table. */

/** A banned phrase. */
export interface BannedPhrase {
  /** Matches the phrase; a space stands for any white space, also between lines. */
  pattern: RegExp;
  /** What to write instead. */
  instead: string;
}

/** Rows: the source of a regular expression without word boundaries at its ends, and the replacement. */
const ROWS: readonly (readonly [source: string, instead: string])[] = [
  // Defaults and conditions.
  ["unless told", '"by default", or @default'],
  ["(if|where|when) (nobody|no one) says otherwise", '"by default"'],
  ["where there (is|are|was|were)", '"if there is"'],
  ["where nothing", '"if no ..."'],
  ["as far as", '"if", "up to", or name the limit'],
  ["for want of", '"without", "if there is no"'],
  ["(is|are|was|were) to be", '"must be" or "will be"'],
  ["(can|could|cannot|may) be had", '"is available" or "is unavailable"'],
  ["do(es)? without", '"omit"'],

  // Noun clauses in the place of nouns.
  ["what (has|had|have) (been|become|come|gone|happened)", 'a noun, such as "received bytes"'],
  ["what (came|comes|went|goes)", 'a noun, such as "received bytes"'],
  [
    "what (is|was|are|were) (asked|kept|left|meant|missing|new|said|shown|there|told|wanted)",
    "a noun for the thing",
  ],
  ["becomes? of", '"happens to", or name the outcome'],
  ["whose \\w+ (it|they) (is|are|was|were)", '"the owner of ..."'],
  ["(of|to|for|from|by|with) whom", "an active sentence with a subject"],

  // Pronouns and vague subjects.
  ["whoever", '"the caller", "the user who"'],
  ["whomever", '"the caller"'],
  ["nobody", '"no caller", "no user", or an active sentence'],
  ["somebody", '"a user", "another process"'],
  ["however (often|many|much|it|they)", '"regardless of"'],
  ["so many", "the number or its name"],
  ["of (theirs|ours|mine|yours)", '"their ..." before the noun'],
  ["(in|into|out of) the hands? of", '"owned by"'],
  ["in hand", '"owned by", "in progress"'],

  // Communication.
  ["(is|are|was|were|be|been) told", '"receives", "is notified", "reads"'],
  [
    "tells? (what|how|whose|nobody|them)",
    '"emits", "reports", "notifies"',
  ],
  ["says? (whose|nothing)", '"describes", "reports", "returns"'],
  ["worth a (word|line|look)", '"is logged", "causes a warning"'],
  ["without a word", '"without an error" or "silently"'],

  // Time and progress.
  ["by (itself|themselves)", '"automatically", or name who does it'],
  ["of (its|their) own accord", '"automatically"'],
  ["(go|goes|going|went|gone) on", '"continue"'],
  ["under way", '"in progress"'],
  ["till", '"until"'],
  ["anew", '"again"'],
  ["(is|are|was|were|be) over(?! [\\d$])", '"has ended"'],
  ["(is|are|was|were|be|has|have) gone", '"was deleted", "has disconnected", "has expired"'],
  ["(come|comes|came|coming) to (an|its|their|the) end", '"end"'],
  ["(come|comes|came) to be", '"is created"'],
  ["for good", '"permanently"'],
  ["at every moment", '"always"'],
  ["taken? up again", '"resumed"'],
  ["break(s|ing)? off", '"abort"'],
  ["broken? off", '"aborted"'],
  ["longest (unseen|unused)|(unseen|unused) for longest", '"least recently used"'],

  // Position and belonging.
  ["in line(?! with)", '"queued", "slot"'],
  ["stands?(?!-|ard)", '"is", "replaces", "means"'],
  ["lies", '"is"'],
  ["beside", '"next to", "in addition to", "compared with"'],
  ["(in|take|takes|taking|took) the place of", '"instead of", "replace"'],
  ["in (its|their) place", '"instead"'],
  ["held against", '"compared with"'],
  ["hangs? on (a|an|the|what|its)", '"depends on"'],

  // Existence and identity.
  ["(?<!there )(is|are|was|were) none", '"there is no ...", "is not a ..."'],
  ["(?<!there )(is|are|was|were) no(?! (longer|more|less|fewer|other))", '"is not a"'],
  ["(has|have|had|is|are|knows|know) nothing of", '"has no objects of"'],
  ["nothing of (a|an|the|it|them)", '"no part of"'],
  ["all else", '"everything else"'],
  ["plays? no part", '"is ignored", "is not used"'],
  ["(is|are|was|were) there already", '"exists"'],
  ["as (it|they) should be", "the expected state"],

  // Verbs with a term of the field.
  ["(give|gives|gave|giving|given) back", '"release", "return"'],
  ["(pass|passes|passed|passing) on", '"forward"'],
  ["(pass|passes|passed|passing) by", '"bypass", "be exempt"'],
  ["(let|lets|letting) (in|callers in|them in)", '"admit"'],
  ["shows? (a|an|the|its|their|no|one) (key|token|credential)", '"send"'],
  ["brings? (a|an|the|one)", '"send", "provide"'],
  ["mend(s|ed|ing)?", '"correct", "repair"'],
  ["hear(s|d)? (how|of|what|nothing)", '"receive", "be notified"'],
];

/** The banned phrases, in the order of the table. */
export const BANNED_PHRASES: readonly BannedPhrase[] = ROWS.map(([source, instead]) => ({
  pattern: new RegExp(`(?<![\\w-])(?:${source.replaceAll(" ", "\\s+")})(?![\\w-])`, "gi"),
  instead,
}));
