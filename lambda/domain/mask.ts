/**
 * Masks what looks like a secret in text from outside. It may mask harmless words, but it must not show a key.
 *
 * Each rule takes linear time on any text, because an attempt to match reads only a bounded length before it fails. A part
 * without a bound on its length comes last, or it ends where the next attempt begins.
 */
export function maskSecrets(text: string): string {
  const parts: string[] = [];
  let shown = 0;
  for (const { from, to } of findSecrets(text)) {
    // Two rules may find the same secret, or secrets next to each other.
    if (from > shown || parts.length === 0) parts.push(text.slice(shown, from), "[masked]");
    shown = Math.max(shown, to);
  }
  return parts.join("") + text.slice(shown);
}

interface Span {
  from: number;
  to: number;
}

/** In the text's order. Each rule reads the unmasked text, so the order of the rules does not matter. */
const findSecrets = (text: string): Span[] =>
  maskingRules
    .flatMap(({ pattern }) =>
      Array.from(text.matchAll(pattern), ({ index, 0: found, 1: kept = "" }) => ({
        from: index + kept.length,
        to: index + found.length,
      })),
    )
    .toSorted((a, b) => a.from - b.from);

interface Rule {
  /** What the rule finds. */
  secret: string;
  /** What comes before the secret and is kept; absent if the secret is known by its own form. */
  after?: string;
  /** The secret itself. */
  is: string;
}

const raw = String.raw;

const gap = raw`[ \t]{0,20}`;
/** Also in JSON within JSON. */
const quote = raw`\\{0,4}(?:"""|'''|["']|&(?:quot|apos|#3[49]);)`;
const assigned = raw`(?:${quote})?${gap}(?:=>|:=|[:=：]|%3[AD])${gap}`;

const passwordName = raw`(?:passw(?:or)?d|pass(?:phrase|code)|pwd|(?:api|access|secret|private|account|encryption|signing|master)[-_ ]?key|密码|口令|密钥)`;
const otherName = raw`(?:pass|secret|token|credentials?|auth|signature|sig|jwt|access[-_]?key[-_]?id|sonar[._]login|(?<![a-z])[as]k|令牌)`;
const anyName = `(?:${passwordName}|${otherName})`;
/** Before a name these words begin a statement about it, so the text after the name may be no value. */
const doubted = raw`(?:unexpected|invalid|missing|bad) `;
/** `DB_PASSWORD_PROD`, `token2`, `secretValue`, `password[0]`. "Unexpected token: …" is about no secret. */
const named = (name: string): string =>
  raw`(?<!${doubted})${name}(?:_(?!(?:count|limit|size|length)(?![a-z\d_]))\w{1,40}|\d{1,9}|-?(?:value|text|data|base64|b64|prod|test|dev)|\[[^\]\n]{0,40}\])?`;
const secretName = named(anyName);
const secretNames = named(`${anyName}s?`);

/** What a tool writes before each line: a time, a level, a step, or the sign of a quotation or a diff. */
const lead = raw`(?:(?:[+>|$]|\[[^\]\n]{1,40}\]|#?\d[\d:.,TZ+-]{0,40}) ){0,3}`;
/** Up to the quote that closes it. */
const quoted = raw`(?:(?<=\\["'])(?:(?!\\["'])[^\n])+|(?<=(?<!\\)")(?:\\.|[^"\\\n])+|(?<=(?<!\\)')(?:'\\''|\\.|''|[^'\\\n])+|(?<=&[a-z#\d]{3,4};)[^&\n]+)`;
/** A value goes on after a separator, unless another name and its value follow: `password=pre&Tr0ub4dor`. */
const goesOn = raw`(?:[,;&](?![\w. -]{1,30}[=:])[^\s"',;&]+)*`;
const word = raw`(?:[^\s"',;&]{1,3}["'](?=[^\s"',;&:=)\]}]{3})|(?=[^\s"']{4}))[^\s"',;&]+${goesOn}`;
const opening = raw`(?:[bfru$@>]{0,2}|\\{0,4})["']`;
/** "password: required" is a state, and `pass=1200 fail=3` are counts: neither is a secret. */
const harmless = raw`(?:true|false|null|none|undefined|(?:en|dis)abled|required|missing|invalid)(?=[,;)}\]]?(?:\s|$))|\d{1,9}[,;]? fail(?:ed)?\b`;
/** `token = findToken("name")` and `process.env.TOKEN` say where a value comes from. Letters alone: `p(ssw0rd)` is a value. */
const code = raw`(?:await |new )?(?:process\.env\.|[a-z_$][a-z_$.]{1,60}\((?:["'][\w.-]{0,40}["']|[a-z_$., -]{0,40})\)(?=[;,)\]}]{0,3}(?:\s|$)))`;
/** A digit and a letter: no word of a sentence has both. */
const random = raw`(?=[^\s"']{0,60}\d)(?=[^\s"']{0,60}[a-z])(?=[^\s"']{6})`;
/** `getToken("name")` asks for a secret, `setToken("…")` holds one. */
const asks = raw`(?<!\b(?:get|find|read|fetch|load|has|is|require|remove|delete)\w{0,20})`;
/** "auth: cannot find module" says what went wrong. */
const prose = raw`(?<=: )(?:[a-z]{1,12}(?:'[a-z]{1,2})? [a-z(]|[\w.-]{1,60} not found\b)`;

/** Known by what comes before them, in lower or upper case. */
const namedSecrets: Rule[] = [
  {
    secret: "DB_PASSWORD=…, password: …",
    after: named(passwordName) + assigned,
    is: raw`(?!${opening}|${harmless}|${code})${word}`,
  },
  {
    secret: "token=…",
    after: named(otherName) + assigned,
    is: raw`(?!${opening}|${harmless}|${prose}|${code})${word}`,
  },
  {
    secret: "invalid password: …",
    after: raw`${doubted}${passwordName}${assigned}(?:${quote})?`,
    is: raw`(?:${quoted}|(?!${opening}|${harmless}|${prose})${word})`,
  },
  {
    secret: "invalid token: a1b2c3",
    after: raw`${doubted}${otherName}${assigned}(?:${quote})?`,
    is: raw`${random}[^\s"',;]+`,
  },
  {
    secret: "the password is a1b2c3",
    after: raw`(?:${passwordName}|secret|token|credentials?) (?:is|was) (?:now |set to )?(?:${quote})?`,
    is: raw`(?:(?<=["'])[^"'\n]+(?=["'])|${random}[^\s"',;]+)`,
  },
  {
    secret: `"api_key": "…", 'password' => '…'`,
    after: raw`(?:${secretName}${assigned}|${asks}${secretName}\()[bfru$@]{0,2}${quote}`,
    // "expected token: ';'" is of a language's signs.
    is: raw`(?![^\w\s"']{1,3}["'](?: |$))${quoted}`,
  },
  {
    secret: "a value alone on the line after its name",
    after: raw`${secretName}${assigned}(?:\r\n?|\n)${lead}${gap}["']?`,
    is: raw`[^\s"',]{4,}(?=["']?,?$)`,
  },
  {
    secret: "a block in YAML: what is indented deeper than its name",
    after: raw`^${lead}(?<indent>[ \t]*)(?:- )?["']?[\w.-]{0,40}?${secretName}${assigned}(?:![\w-]{1,20} )?[|>][-+\d]{0,2}${gap}\n${lead}`,
    is: raw`\k<indent>[ \t][^\n]*(?:\n${lead}\k<indent>[ \t][^\n]*)*`,
  },
  {
    secret: "a text of several lines",
    after: raw`${secretName}${assigned}[bfru]{0,2}(?:"""|''')`,
    is: raw`(?:(?!"""|''')[^])+`,
  },
  {
    secret: "passwords, each on a line with a dash",
    after: raw`${secretNames}["']?${assigned}\n`,
    is: raw`${lead}[ \t]*- [^\n]*(?:\n${lead}[ \t]*- [^\n]*)*`,
  },
  {
    secret: `"apiTokens": ["…"]`,
    after: raw`${secretNames}${assigned}\[`,
    is: raw`(?:(?:\s{0,40}${lead}[ \t]{0,40}\\{0,4}["'][^"'\n]+["']?,?)+|[^\s"'\]][^"'\]\n]{3,})`,
  },
  {
    secret: "| db_password | … |",
    after: raw`^[ \t|]{0,9}[\w.-]{0,40}?${secretName}${gap}\|${gap}`,
    is: raw`(?![\d. ]{1,9}\|)[^\s|-][^\s|]*(?: [^\s|]+)*`,
  },
  {
    secret: "<password>…</password>",
    after: raw`<[\w.:-]{0,40}?${secretName}[\w.-]{0,20}(?:\s[^<>]{0,200})?>\s{0,40}(?:<!\[CDATA\[)?`,
    is: raw`[^\s<][^<\n]*`,
  },
  {
    secret: `<entry key="password">…</entry>`,
    after: raw`\b(?:name|key|id)\s{0,3}=\s{0,3}["'][^"'<>\n]{0,40}?${anyName}[^<>\n]{0,80}>`,
    is: raw`[^<\n]+`,
  },
  {
    secret: "<name>dbPassword</name><value>…</value>",
    after: raw`<(?:name|key|id)>[^<>\n]{0,60}?${anyName}[^<>\n]{0,40}</\w{1,9}>[ \t]{0,20}\n?${lead}[ \t]{0,40}<(?:value|string)>`,
    is: raw`[^<\n]+`,
  },
  {
    secret: `<property name="password" value="…">, {"name": "DB_PASSWORD", "value": "…"}`,
    after: raw`\b(?:name|key|id|type)${assigned}["']?[\w.:-]{0,40}?${anyName}[^<>\n]{0,80}?\n?[ \t,]{0,20}\b\w{0,9}value${assigned}["']?`,
    is: raw`[^\s"'<>][^"'<>\n]*`,
  },
  {
    secret: `<property value="…" name="password">`,
    after: raw`\bvalue\s{0,3}=\s{0,3}["']`,
    is: raw`[^"'\n]{1,200}(?=["'][^<>\n]{0,40}?\b(?:name|key|id)\s{0,3}=\s{0,3}["'][\w.:-]{0,40}?${anyName})`,
  },
  {
    secret: "--db-password …",
    after: raw`(?<![\w-])--?[\w-]{0,40}?${secretName}(?:["']?,?[ \t]{1,20}["']?|\\{0,4}["'],\\{0,4}["'])`,
    is: raw`(?:(?<=["'])[^"'\n]+|[^\s"'<-][^\s"']{3,})`,
  },
  {
    secret: "ENV DB_PASSWORD …, npm config set //registry/:_authToken …",
    after: raw`\b(?:env|arg|setx?)[ \t]{1,9}[^\s=]{0,60}?${secretName}[ \t]{1,9}["']?`,
    is: raw`[^\s"'=][^\s"']{3,}`,
  },
  {
    secret: "vault login …",
    after: raw`\b(?:vault login|snyk auth|convertto-securestring(?: -string)?) {1,3}["']?`,
    is: raw`[^\s"'-][^\s"']{3,}`,
  },
  {
    secret: "ALTER USER … PASSWORD …",
    after: raw`\b(?:alter|create) (?:user|role)\b[^\n]{0,100}? (?:password|identified by) `,
    is: raw`[^\s"';]+`,
  },
  { secret: "PASSWORD '…' in SQL", after: raw`\b(?:password|identified by)[ (]{1,3}["']`, is: raw`[^"'\n]+` },
  {
    secret: "a header's credentials",
    after: raw`\bauthorization${assigned}(?:${quote})?`,
    is: raw`[^"'\\\n]+`,
  },
  {
    secret: "cookies",
    after: raw`\bcookie2?${assigned}(?:${quote})?`,
    is: raw`(?!${prose})[^\s"'][^"'\n]{3,}`,
  },
  {
    secret: "a webhook",
    after: raw`(?:hooks\.slack\.com/\w{1,20}/|/hook/|/webhooks/|\.webhook\.office\.com/|/webhook/send\?key=)`,
    is: raw`[^\s"']+`,
  },
];

/** A host, a port, a database and a user, as in `.pgpass`. */
const pgpass = raw`(?<![^\s"'])[\w.*-]{1,100}:(?:\d{1,5}|\*):(?!\d+:)[\w.*-]{1,63}:(?!\d+:)[\w.*@-]{1,63}:`;
const key = raw`(?:[A-Z\d]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?`;
const alone = raw`(?<![\w/.@:+-])`;
const commit = raw`(?<!\b(?:sha-?\d{1,3}|SHA-?\d{1,3}|commit|[Rr]evision|checkout|HEAD|merge|tree|parent)[: ]{1,2})`;
/** "RequestId: 550e8400-e29b-41d4-a716-446655440000" */
const idOfRequest = raw`(?<=[Ii][Dd]["']?[:=]? ?["']?)[\da-f]{8}(?:-[\da-f]{4}){3}-`;

/** Known by their own form, or by the command before them. */
const formedSecrets: Rule[] = [
  // Without a colon it is a token; with one it may hold "@" and "/", but a port is no password.
  {
    secret: "a user and password in a URL",
    after: "://",
    is: raw`(?:[^\s/@:"'<>]+(?=@)|[^\s/@:"'<>]*:(?!\d{1,5}[/?#])(?:(?!://)[^\s"'<>])*(?=@))`,
  },
  {
    secret: "a password in a URL that begins like a port",
    after: "://",
    is: raw`[^\s/@:"'<>]+:\d{1,5}[/?#](?:(?!://)[^\s"'<>])*[^\s/"'<>](?=@[A-Za-z][\w-]{0,60}[.:])`,
  },
  {
    secret: "jdbc:oracle:thin:user/…@host",
    after: raw`\boracle:\w{2,5}:[^\s/@]{1,60}/`,
    is: raw`(?:(?!oracle:)[^\s"'])+(?=@)`,
  },
  { secret: "Bearer …", after: raw`\b(?:[Bb]earer|BEARER) {1,9}`, is: raw`[\w+/.=~-]{8,}` },
  {
    secret: "Basic …",
    after: raw`\b(?:[Bb]asic|BASIC) {1,9}(?![a-z]{1,30}(?![\w+/=]))`,
    is: raw`[\w+/.=~-]{8,}`,
  },
  { secret: ".netrc", after: raw`\blogin\s{1,9}\S{1,100}\s{1,9}password\s{1,9}`, is: raw`\S+` },
  { secret: ".netrc in lines", after: raw`^[ \t]{0,9}password[ \t]{1,9}`, is: raw`\S+(?=[ \t]{0,9}$)` },
  { secret: ".pgpass", after: pgpass, is: raw`\S+` },
  {
    secret: "docker login -p …, sshpass -p …, mysql -p…",
    after: raw`\b(?:login|sshpass|mysql\w{0,10}|mariadb|mongo\w{0,10}|twine)\b[^\n]{0,120}? -p ?["']?`,
    is: raw`[^\s"'-][^\s"']*`,
  },
  {
    secret: "redis-cli -a …, ldapsearch -w …, zip -P …, curl -b …",
    after: raw`\b(?:redis-cli\b[^\n]{0,120}? -a|ldap\w{1,10}\b[^\n]{0,120}? -w|zip\b[^\n]{0,120}? -P|curl\b[^\n]{0,120}? -b) ?["']?`,
    is: raw`[^\s"'-][^\s"']*`,
  },
  {
    secret: "curl -u user:…",
    after: raw` (?:-u|-U|--user|--proxy-user)[ =]?["']?(?!\d{1,6}:)[^\s:"']{1,100}:`,
    is: raw`[^\s"']+`,
  },
  { secret: "sqlplus user/…@host", after: raw`\bsqlplus\b[^\n]{0,60}? \w{1,30}/`, is: raw`[^\s@]+` },
  {
    secret: "echo … | docker login",
    after: raw`\b(?:echo|printf|cat <<<)(?: -\w{1,3}){0,2} {1,3}(?:["']?%s(?:\\n)?["']? )?["']?`,
    is: raw`[^\s"'|][^"'|\n]{0,100}?(?=["']?(?: {0,9}\||\n\+{1,3} )[^\n]{0,60}(?:\blogin\b|-stdin|\b(?:ch)?passwd|\bsudo -S))`,
  },
  {
    secret: "docker login --password-stdin <<< …",
    after: raw`(?:-stdin\b|\bsudo -S)[^\n]{0,60}?(?:<<<|\n\+{1,3} echo) ?["']?`,
    is: raw`[^\s"'][^"'\n]*`,
  },
  {
    secret: "htpasswd -b user …",
    after: raw`\bhtpasswd(?: -\w{1,9}){1,5} [^\s-]\S{0,100} `,
    is: raw`[^\n]+`,
  },
  { secret: "a token of Telegram", is: raw`(?<!\d)\d{8,10}:AA[\w-]{30,}` },
  { secret: "a private key", is: raw`-----BEGIN ${key}[^]*?(?:-----END ${key}-{0,5}|(?![^]))` },
  {
    secret: "a private key that began before",
    is: raw`(?<![^])(?:(?!-----BEGIN )[^])*?-----END ${key}-{0,5}`,
  },
  {
    secret: "a key of PuTTY's",
    after: raw`\bPrivate-Lines: \d{1,4}\n`,
    is: raw`[A-Za-z\d+/=]+(?:\n[A-Za-z\d+/=]{20,})*`,
  },
  // The last line of a key may be short.
  {
    secret: "the lines of a key",
    is: raw`(?<!\S)[A-Za-z\d+/]{60,}={0,2}\n(?:[A-Za-z\d+/]{60,}={0,2}\n)*[A-Za-z\d+/]{2,}={0,2}(?=$)`,
  },
  {
    secret: "a line of a key, or a secret key of AWS or Huawei Cloud",
    is: raw`${alone}(?=[A-Za-z+/]{0,59}\d)(?=[A-Z\d+/]{0,59}[a-z])(?=[a-z\d+/]{0,59}[A-Z])(?:[A-Za-z\d+/]{60,}={0,2}|[A-Za-z\d+/]{40})(?![\w/+.-])`,
  },
  {
    secret: "an access key of Huawei Cloud",
    is: raw`${alone}(?=[A-Z]{0,19}\d)(?=\d{0,19}[A-Z])[A-Z\d]{20}(?![\w/.+-])`,
  },
  // With digits in three places. A path, an image's digest, a hash in a file's name or a commit is no secret.
  {
    secret: "a long run of letters and digits",
    is: raw`${alone}${commit}(?!sha\d{1,3}-|${idOfRequest})(?=[A-Za-z_+-]*\d+[A-Za-z_+-]+\d+[A-Za-z_+-]+\d)[\w+-]{32,}={0,2}(?![\w/.=-]| refs/| -> )`,
  },
  { secret: "a JSON Web Token, or JSON in base64", is: raw`\beyJ[\w+/=.-]{12,}` },
  { secret: "a key in base64", is: raw`LS0tLS1CRUdJTi[\w+/=]*` },
  ...[
    ["AWS", raw`A(?:K|S|BI|CC)IA[A-Z\d]{12,}`],
    ["Alibaba Cloud", raw`LTAI\w{12,}`],
    ["GitHub", raw`(?:gh[a-z]_|github_pat_)\w{20,}`],
    ["GitLab", raw`gl(?:pat|rtr?|dt|cbt|ptt|soat|ft|agent|imt|oas|ffct|wt)-[\w.-]{15,}`],
    ["Slack", raw`(?:xox[a-z](?:\.xox[a-z])?|xapp|xwfp)-[\w-]{8,}`],
    ["Stripe", raw`(?:[srp]k_(?:live|test)|whsec)_\w{10,}`],
    ["Google", raw`(?:AIza[\w-]{30,}|GOCSPX-[\w-]{20,}|ya29\.[\w-]{20,}|1//0[\w-]{30,})`],
    ["SendGrid", raw`SG\.[\w.-]{20,}`],
    ["Vault and Terraform", raw`(?:hv[sbr]\.[\w-]{20,}|(?:\w{14}\.)?atlasv1\.[\w-]{20,})`],
    ["npm, PyPI, RubyGems, NuGet", raw`(?:npm_\w{20,}|pypi-[\w-]{20,}|rubygems_\w{20,}|oy2[a-z\d]{43})`],
    ["Docker, Artifactory", raw`(?:dckr_[a-z]{3}_[\w-]{20,}|AKC[pP]\w{10,})`],
    ["OpenAI, Anthropic, Hugging Face", raw`(?:sk-(?:[a-z]{2,10}-)?[\w-]{20,}|hf_\w{20,})`],
    [
      "Atlassian, Grafana, Sentry",
      raw`(?:ATATT3[\w=-]{20,}|ATBB\w{20,}|gl(?:sa|c)_[\w=-]{20,}|sntry[su]_[\w=+/-]{20,})`,
    ],
    ["DigitalOcean, Shopify, Square", raw`(?:do[op]_v1_\w{20,}|shp[a-z]{2}_\w{20,}|sq0[a-z]{3}-[\w-]{20,})`],
    ["Postman, New Relic, Twilio", raw`(?:PMAK-[\w-]{20,}|NR[A-Z]{2}-\w{20,}|SK[\da-f]{32})`],
    ["age, Tailscale, Linear", raw`(?:AGE-SECRET-KEY-1\w{20,}|tskey-[\w-]{10,}|lin_api_\w{20,})`],
  ].map(([whose, is]) => ({ secret: `a key or token of ${whose}`, is: raw`(?<![A-Za-z\d])${is}` })),
];

const compile =
  (flags: string) =>
  ({ secret, after = "", is }: Rule) => ({
    secret,
    pattern: new RegExp(`(${after})${is}`, flags),
  });

/** Exported for the test that measures their time. */
export const maskingRules: readonly { secret: string; pattern: RegExp }[] = [
  ...namedSecrets.map(compile("gim")),
  ...formedSecrets.map(compile("gm")),
];
