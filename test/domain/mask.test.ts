import { describe, expect, test } from "@jest/globals";
import { maskSecrets } from "../../lambda/domain/mask.ts";

describe("a secret is masked, and the text before it is not", () => {
  test.each([
    // After its name.
    ["DB_PASSWORD=Hunter2pw", "DB_PASSWORD=[masked]"],
    ["密码：Hunter2pw", "密码：[masked]"],
    ["DB_PASS_PROD=Hunter2pw", "DB_PASS_PROD=[masked]"],
    ["spring.datasource.password: Hunter2pw", "spring.datasource.password: [masked]"],
    ["Server=db;User Id=sa;Password=Hunter2pw;", "Server=db;User Id=sa;Password=[masked];"],
    ["user=app password=Hunter2pw host=db", "user=app password=[masked] host=db"],
    [
      "jdbc:mysql://db/x?user=a&password=Hunter2pw&ssl=true",
      "jdbc:mysql://db/x?user=a&password=[masked]&ssl=true",
    ],
    ["password%3DHunter2pw", "password%3D[masked]"],
    ["password[0]=Hunter2pw", "password[0]=[masked]"],
    ["Config{User:app Password:Hunter2pw}", "Config{User:app Password:[masked]"],
    ["ak: HSTWABCDEFGH12345678, sk: Hunter2pw", "ak: [masked], sk: [masked]"],
    ["AccountName=x;AccountKey=Hunter2pw==;", "AccountName=x;AccountKey=[masked];"],
    ["?sv=2022&sig=Hunter2pw%3D", "?sv=2022&sig=[masked]"],
    ["//registry.npmjs.org/:_authToken=Hunter2pw", "//registry.npmjs.org/:_authToken=[masked]"],
    ["-Dsonar.login=Hunter2pw", "-Dsonar.login=[masked]"],
    ["openssl rsa -passin pass:Hunter2pw", "openssl rsa -passin pass:[masked]"],
    // With a sign that separates values.
    ["password=ab;Tr0ub4dor3", "password=[masked]"],
    ["password=pre&Tr0ub4dor3", "password=[masked]"],
    ["password=ab,Tr0ub4dor3", "password=[masked]"],
    ["password=ab'Tr0ub4dor3", "password=[masked]"],
    ['password=ab"Tr0ub4dor3', "password=[masked]"],
    ["password=Tr0ub4;dor3 x", "password=[masked] x"],
    // In quotes.
    ['password := "Hunter2pw"', 'password := "[masked]"'],
    ["password=$'Hunter2pw'", "password=$'[masked]'"],
    ['password=f"Hunter2pw"', 'password=f"[masked]"'],
    ['password=@"Hunter2pw"', 'password=@"[masked]"'],
    ['setPassword("Hunter2pw")', 'setPassword("[masked]")'],
    ["password='hun'\\''ter2xyz' x", "password='[masked]' x"],
    ["&quot;password&quot;:&quot;Hunter2pw&quot;", "&quot;password&quot;:&quot;[masked]&quot;"],
    ["| db_password | Hunter2pw |", "| db_password | [masked] |"],
    [`password='Hun,ter;2pw Hunter2pw'`, `password='[masked]'`],
    [`"password": "a\\"Hunter2pw"`, `"password": "[masked]"`],
    [`{\\"password\\":\\"Hunter2pw\\"}`, `{\\"password\\":\\"[masked]\\"}`],
    [`{'password': u'Hunter2pw'}`, `{'password': u'[masked]'}`],
    [`PASSWORD: 'it''s Hunter2pw'`, `PASSWORD: '[masked]'`],
    [`password = """Hunter2pw"""`, `password = """[masked]"""`],
    [`:password=>"Hunter2pw"`, `:password=>"[masked]"`],
    // In a sentence.
    ["the password is Hunter2pw", "the password is [masked]"],
    ["Your new password is 'correct horse'.", "Your new password is '[masked]'."],
    ["the token was abc123def, and is now void", "the token was [masked], and is now void"],
    ["password is set to Hunter2pw", "password is set to [masked]"],
    ["Invalid password: Hunter2pw", "Invalid password: [masked]"],
    ["error: bad password: 'Hunter2pw'", "error: bad password: '[masked]'"],
    ["invalid API key: Hunter2pw", "invalid API key: [masked]"],
    ["Invalid token: Hunter2pw", "Invalid token: [masked]"],
    // In a call, or in place of one.
    [`login(user, token("Hunter2pw"))`, `login(user, token("[masked]"))`],
    ["password=Tr(ick)y9", "password=[masked]"],
    ["password=p(ssw0rd)", "password=[masked]"],
    // On the lines after its name.
    ["password:\rHunter2pw", "password:\r[masked]"],
    ["password:\r\nHunter2pw\r\ndone", "password:\r\n[masked]\r\ndone"],
    ["Password:\nHunter2pw\ndone", "Password:\n[masked]\ndone"],
    [`"password":\n  "Hunter2pw",`, `"password":\n  "[masked]",`],
    ["password: |\n  Hunter2pw\n  Hunter2pw\nother: x", "password: |\n[masked]\nother: x"],
    ["  token: >-\n    Hunter2pw\n  other: x", "  token: >-\n[masked]\n  other: x"],
    ["- name: DB_PASSWORD\n  value: Hunter2pw", "- name: DB_PASSWORD\n  value: [masked]"],
    ['password = """\nHunter2pw\nHunter2pw"""', 'password = """[masked]"""'],
    ["passwords:\n- Hunter2pw\n- Hunter2pw\nx", "passwords:\n[masked]\nx"],
    [`"apiTokens": ["Hunter2pw", "Hunter2pw"]`, `"apiTokens": [[masked]]`],
    [`"apiTokens": [\n  "Hunter2pw",\n  "Hunter2pw"\n]`, `"apiTokens": [[masked]\n]`],
    ["passwords: [Hunter2pw, Hunter2pw]", "passwords: [[masked]]"],
    // On lines that begin with a prefix of a tool.
    ["+ password:\n+   Hunter2pw", "+ password:\n+   [masked]"],
    ["[INFO] password:\n[INFO] Hunter2pw", "[INFO] password:\n[INFO] [masked]"],
    ["> password: |\n>   Hunter2pw\n> done", "> password: |\n> [masked]\n> done"],
    [
      "2026-01-05T10:00:00Z password: |\n2026-01-05T10:00:01Z   Hunter2pw",
      "2026-01-05T10:00:00Z password: |\n2026-01-05T10:00:01Z [masked]",
    ],
    // In XML and JSON.
    ["<password>Hunter2pw</password>", "<password>[masked]</password>"],
    [
      `<ns:password type="x">\n  Hunter2pw\n</ns:password>`,
      `<ns:password type="x">\n  [masked]\n</ns:password>`,
    ],
    ["<password><![CDATA[Hunter2pw]]></password>", "<password><![CDATA[[masked]</password>"],
    [`<server username="ci" password="Hunter2pw"/>`, `<server username="ci" password="[masked]"/>`],
    [`<property name="db.password" value="Hunter2pw"/>`, `<property name="db.password" value="[masked]"/>`],
    [`<property value="Hunter2pw" name="db.password"/>`, `<property value="[masked]" name="db.password"/>`],
    [`<entry key="db.password">Hunter2pw</entry>`, `<entry key="db.password">[masked]</entry>`],
    [`{"name":"DB_PASSWORD","value":"Hunter2pw"}`, `{"name":"DB_PASSWORD","value":"[masked]"}`],
    [
      "<name>dbConnectionPassword</name><value>Hunter2pw</value>",
      "<name>dbConnectionPassword</name><value>[masked]</value>",
    ],
    [
      "<name>dbConnectionPassword</name>\n  <value>Hunter2pw</value>",
      "<name>dbConnectionPassword</name>\n  <value>[masked]</value>",
    ],
    // As an argument of a command.
    [`["deploy","--token","Hunter2pw"]`, `["deploy","--token","[masked]"]`],
    ["cat <<< Hunter2pw | docker login", "cat <<< [masked] | docker login"],
    ["htpasswd -bnB admin Hunter2pw", "htpasswd -bnB admin [masked]"],
    ["echo root:Hunter2pw | chpasswd", "echo [masked] | chpasswd"],
    ["ALTER USER app PASSWORD Hunter2pw;", "ALTER USER app PASSWORD [masked];"],
    ["helm install --db-password Hunter2pw x", "helm install --db-password [masked] x"],
    ["['--password', 'Hunter2pw']", "['--password', '[masked]']"],
    ["docker login -u ci -p Hunter2pw r.example.com", "docker login -u ci -p [masked] r.example.com"],
    ["sshpass -p Hunter2pw ssh a@b", "sshpass -p [masked] ssh a@b"],
    ["mysqldump -uroot -pHunter2pw shop", "mysqldump -uroot -p[masked] shop"],
    ["redis-cli -h x -a Hunter2pw ping", "redis-cli -h x -a [masked] ping"],
    ["curl -u admin:Hunter2pw https://a.example", "curl -u admin:[masked] https://a.example"],
    ["curl --user admin:Hunter2pw https://a.example", "curl --user admin:[masked] https://a.example"],
    ["curl -b 'session=Hunter2pw' https://a.example", "curl -b '[masked]' https://a.example"],
    [
      "echo Hunter2pw | docker login -u ci --password-stdin",
      "echo [masked] | docker login -u ci --password-stdin",
    ],
    ["echo -n 'Hunter2pw'|docker login --password-stdin", "echo -n '[masked]'|docker login --password-stdin"],
    ["printf '%s' Hunter2pw | sudo -S ls", "printf '%s' [masked] | sudo -S ls"],
    ["+ echo Hunter2pw\n+ docker login --password-stdin", "+ echo [masked]\n+ docker login --password-stdin"],
    ["docker login --password-stdin <<< Hunter2pw", "docker login --password-stdin <<< [masked]"],
    ["sqlplus scott/Hunter2pw@db", "sqlplus scott/[masked]@db"],
    ["vault login Hunter2pw", "vault login [masked]"],
    ["ENV DB_PASSWORD Hunter2pw", "ENV DB_PASSWORD [masked]"],
    ["ALTER USER app WITH PASSWORD 'Hunter2pw'", "ALTER USER app WITH PASSWORD '[masked]'"],
    // In a file with its own format.
    ["machine a.example login ci password Hunter2pw", "machine a.example login ci password [masked]"],
    ["machine a\n  login ci\n  password Hunter2pw", "machine a\n  login ci\n  password [masked]"],
    ["db.example.com:5432:shop:app:Hunter2pw", "db.example.com:5432:shop:app:[masked]"],
    ["*:*:*:app:Hunter2pw", "*:*:*:app:[masked]"],
    // In a URL.
    ["https://ci:p@ss/w0rd@git.example.com/x.git", "https://[masked]@git.example.com/x.git"],
    ["postgres://app:s3/cr@et@db.example.com:5432/shop", "postgres://[masked]@db.example.com:5432/shop"],
    ["redis://:Hunter2pw@cache:6379/0", "redis://[masked]@cache:6379/0"],
    ["https://Hunter2pw@git.example.com", "https://[masked]@git.example.com"],
    ["jdbc:oracle:thin:scott/Hunter2pw@//db:1521/x", "jdbc:oracle:thin:scott/[masked]@//db:1521/x"],
    ["https://hooks.slack.com/services/T0/B0/Hunter2pw", "https://hooks.slack.com/services/[masked]"],
    ["https://app:1234/Tr0ub4dor3@db.example.com/x", "https://[masked]@db.example.com/x"],
    ["jdbc:oracle:thin:scott/hun@ter2@h", "jdbc:oracle:thin:scott/[masked]@h"],
    // In a header.
    ["Proxy-Authorization: Basic Hunter2pw", "Proxy-Authorization: [masked]"],
    ["sent Bearer Hunter2pw", "sent Bearer [masked]"],
    ["Cookie: session=Hunter2pw; theme=dark", "Cookie: [masked]"],
    ["Set-Cookie: sid=Hunter2pw; Path=/; HttpOnly", "Set-Cookie: [masked]"],
    ["curl -H 'PRIVATE-TOKEN: Hunter2pw' x", "curl -H 'PRIVATE-TOKEN: [masked]' x"],
  ])("%j", (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });
});

const letters = "abcdEFGH0123".repeat(8);

describe("a secret is masked because of its own form", () => {
  // The secrets are in two parts, so that no scanner of repositories takes them for real keys.
  test.each([
    ["AWS", "AKIA", "IOSFODNN7EXAMPLE"],
    ["Huawei Cloud", "HSTW", "ABCDEFGH12345678"],
    ["a secret key", "wJalrXUtnFEMI/", "K7MDENG/bPxRfiCYEXAMPLEKEY"],
    ["40 hexadecimal digits", "9f86d081884c7d659a2f", "eaa0c55ad015a3bf4f1b"],
    ["GitHub", "ghp_", letters.slice(0, 36)],
    ["GitHub, fine-grained", "github_pat_", letters.slice(0, 40)],
    ["GitLab", "glpat-", letters.slice(0, 20)],
    ["a GitLab runner", "glrt-", letters.slice(0, 20)],
    ["a Slack bot", "xoxb-", "123456789-abc"],
    ["a Slack app", "xapp-", "1-A0123456789-1234567890123-abcdef"],
    ["a rotated Slack token", "xoxe.xoxp-", "1-abcdefgh"],
    ["Stripe", "sk_live_", letters.slice(0, 24)],
    ["a Stripe webhook", "whsec_", letters.slice(0, 32)],
    ["Google", "AIza", letters.slice(0, 35)],
    ["Google OAuth", "ya29.", letters.slice(0, 40)],
    ["SendGrid", "SG.", `${letters.slice(0, 22)}.${letters.slice(0, 43)}`],
    ["Vault", "hvs.", letters.slice(0, 24)],
    ["npm", "npm_", letters.slice(0, 36)],
    ["PyPI", "pypi-", letters.slice(0, 60)],
    ["Docker", "dckr_pat_", letters.slice(0, 27)],
    ["OpenAI", "sk-proj-", letters.slice(0, 48)],
    ["Telegram", "123456789:AA", letters.slice(0, 33)],
    ["a JSON Web Token", "eyJhbGciOiJI", ".eyJzdWIiOiIx.SflKxw"],
    ["a key in a kubeconfig", "LS0tLS1CRUdJTi", letters],
  ])("%s", (_, prefix, rest) => {
    expect(maskSecrets(`uses ${prefix}${rest} now`)).toBe("uses [masked] now");
  });
});

describe("a private key is masked completely", () => {
  const line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7/+xAbCdEfGh";

  test.each([
    [
      "whole",
      `-----BEGIN RSA PRIVATE KEY-----\n${line}\nq7Zx4A==\n-----END RSA PRIVATE KEY-----\ndone`,
      "[masked]\ndone",
    ],
    ["with its end out of sight", `x\n-----BEGIN OPENSSH PRIVATE KEY-----\n${line}\nq7Zx`, "x\n[masked]"],
    ["with its beginning out of sight", `q7Zx4A==\n-----END PRIVATE KEY-----\ndone`, "[masked]\ndone"],
    ["with both out of sight", `${line}\n${line}\nq7Zx4A==\nAll is done`, "[masked]\nAll is done"],
    [
      "on one line",
      String.raw`"k": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"`,
      String.raw`"k": "[masked]\n"`,
    ],
    ["of PuTTY", "Private-Lines: 1\nAAAAgQCX\nPrivate-MAC: x", "Private-Lines: 1\n[masked]\nPrivate-MAC: x"],
  ])("%s", (_, text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });
});

describe("a harmless line stays unchanged, alone and among others", () => {
  const lines = String.raw`
Tests: 1 failed, 212 passed, 213 total
the token expired, sign in again
SyntaxError: Unexpected token: punc (})
--- FAIL: TestThatOrdersAreRejectedWhenStockIsBelow10Items
password_test.go:12: expected a refusal, got 200
src/auth.ts:12:5 - error TS2304: Cannot find name 'signIn'.
src/password/token.c:12:5: error: expected ';' before 'return'
main.go:12:34: undefined: secretOf
error: auth: cannot find module "jsonwebtoken"
error[E0425]: cannot find value ${"`token`"} in this scope
    at Object.<anonymous> (/builds/webshop/src/auth/password.test.js:41:28)
    at com.example.shop.auth.TokenService.verify(TokenService.java:88)
	at java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1144)
Caused by: java.lang.IllegalStateException: no bean named 'passwordEncoder' available
  File "/usr/lib/python3.12/site-packages/requests/auth.py", line 30, in __call__
ModuleNotFoundError: No module named 'secrets2'
commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b
HEAD is now at 9f86d08 Mask what was cut
Checking out Revision 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b (origin/main)
9f86d081884c7d659a2feaa0c55ad015a3bf4f1b refs/heads/main
   1a2b3c4..5d6e7f8  main -> origin/main
npm error code ELIFECYCLE
npm error path /builds/webshop/node_modules/node-sass
npm error A complete log of this run can be found in: /root/.npm/_logs/2025-11-28T09_39_28_123Z-debug-0.log
npm warn deprecated glob-parent-is-a-module-that-is-old@5.1.2: use another one
npm error 404 Not Found - GET https://registry.npmjs.org/@webshop%2fsearch - Not found
npm http fetch GET 200 https://registry.npmjs.org/@babel/core/-/core-7.24.0.tgz 182ms
npm error sha512-Fh3kT1b5V8q2wX9yZ0aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789AbCdEfGhIjKlMnOpQrStUvWxYzAbCd== integrity checksum failed
GET http://verdaccio:4873/@webshop%2fsearch 404
yarn add react@18.3.1 typescript@5.6.3
git clone git@github.com:webshop/search.git
Uses: actions/checkout@v4 at https://github.com/actions/checkout@v4
[INFO] Downloading from central: https://repo.maven.apache.org/maven2/org/apache/maven/plugins/maven-surefire-plugin/3.2.5/maven-surefire-plugin-3.2.5.pom
[INFO] Downloaded from central: https://repo.maven.apache.org/maven2/com/google/auth/google-auth-library/1.23.0/google-auth-library-1.23.0.jar (12 kB at 300 kB/s)
[ERROR] /builds/shop/src/main/java/com/example/shop/PasswordPolicy.java:[12,34] cannot find symbol
Digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
#12 exporting manifest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 done
FROM node:24@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
Successfully built 3f2a1b9c8d7e
pull registry.example.com/team/a-very-long-image-name-with-many-words1:2.4
Step 4/9 : RUN npm ci --no-audit
docker run -p 8080:80 -u 1000:1000 webshop
dist/assets/index-3f2a1b9c8d7e6f5a4b3c2d1e0f9a8b7c.js  142.31 kB
main.3f2a1b9c8d7e6f5a4b3c2d1e0f9a8b7c.chunk.css 12 kB
2025-11-28T09:39:28.123456789Z Build failed
[2025-11-28 09:39:28,123] ERROR shop: took 12:30:45:123
go: downloading golang.org/x/net v0.0.0-20210226172049-e18ecbb05110
panic: runtime error: index out of range [3] with length 3
goroutine 1 [running]:
ERROR: failed to solve: process "/bin/sh -c npm run build" did not complete successfully: exit code: 1
make: *** [Makefile:12: build] Error 2
Killed: the process used more than 2048 MB
HTTP/1.1 401 Unauthorized
Basic authentication is required, bearer tokens are not supported
Error: connect ECONNREFUSED 127.0.0.1:5432
expected 3 tokens, got 4
tokens: 512
max_tokens=512
5 passing (12ms)
# pass 212
# fail 1
author: Jane Doe <jane@example.com>
Compiling auth-service v0.1.0 (/builds/auth-service)
BUILD FAILED in 12s
> Task :compileJava FAILED
0 errors, 12 warnings: see https://docs.example.com/a/b?page=2#passwords
Requirement already satisfied: cryptography==42.0.5 in /usr/lib/python3.12/site-packages
error NU1101: Unable to find package Webshop.Tokens. No packages exist with this id
Received: {"status":500,"error":"Internal Server Error","path":"/login"}
TypeError: Cannot read properties of undefined (reading 'token')
the login page says "password must not be empty"
✓ signs in with a password (12 ms)
✕ refuses a wrong password (3 ms)
echo done | tee build.log
request id 550e8400-e29b-41d4-a716-446655440000
RequestId: 550e8400-e29b-41d4-a716-446655440000
npm error gyp ERR! node -v v24.21.0
warning: LF will be replaced by CRLF in src/secret.ts.
configure: error: no acceptable C compiler found in $PATH
zip: adding: webshop/auth/index.js (deflated 54%)
Secret "registry" not found
ERROR: Job failed: exit status 1
-rw-r--r-- 1 root root 1882 Nov 28 09:42 password.txt
Using cache key: webshop-main-node-modules
Restoring cache with key webshop-linux-node24
cookie: not found
Tests: pass: 1200, fail: 3
pass=1200 fail=3
token_count=15000
secret=false
password=null
auth=enabled
password: required
access key: missing or invalid
secret: my-app-secrets not found
expected token: ';' but found '}'
sha1 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b
  const token = findToken("session");
  const token = await getToken();
  12 |   expect(findToken("name")).toBeUndefined();
  if (!hasPassword("admin")) throw new Error("none");
  password = getpass.getpass()
  const secret = process.env.WEBHOOK_SECRET;
  auth: createAuth(options),
  return this.tokenFor(user)
the password is required
the password is too short: use 12 characters or more
the token is expired, the secret was rotated
Invalid password: must not be empty
invalid token: ';'
Invalid password: required`
    .trim()
    .split("\n");

  test.each(lines)("%s", (line) => {
    expect(maskSecrets(line)).toBe(line);
  });

  test("all of them", () => {
    expect(maskSecrets(lines.join("\n")).split("\n")).toEqual(lines);
  });
});

test("the line after a secret's name is not masked if it is a sentence", () => {
  expect(maskSecrets("token:\nerror in build")).toBe("token:\nerror in build");
});

test("the text between two secrets stays", () => {
  expect(maskSecrets("a password=Hunter2pw b token=Hunter2pw c")).toBe(
    "a password=[masked] b token=[masked] c",
  );
});

test("masked text does not change when it is masked again", () => {
  const once = maskSecrets("--token abcd1234 https://a:b@c password: |\n  x\n<password>x</password>");
  expect(maskSecrets(once)).toBe(once);
});
