import { describe, expect, test } from "@jest/globals";
import { ProblemError, renderProblem, type Fault } from "../../../lambda/builds-api/problem.ts";
import { bodyOf, emptyRegistration, renderRegistration } from "../../../local/page/view/registration.ts";
import { wordsOf } from "./markup.ts";

const context = {
  defaultChannel: "C0BUILDS001",
  channels: [{ id: "C0BUILDS001", name: "builds" }],
  people: [{ id: "U0JONAS001", name: "Jonas Weber" }],
  kinds: ["succeeds", "timesout"],
};
const withFaults = (faults: Fault[]) =>
  renderProblem(new ProblemError("invalidRequest", "See errors.", { faults }), "/builds/x");

describe("the form's fields become the API's body", () => {
  test.each<[string, Partial<typeof emptyRegistration>, object]>([
    ["nothing is left to the defaults", {}, {}],
    [
      "a list of mentions",
      { mention: "U0JONAS001, S0123456  W1" },
      { mention: ["U0JONAS001", "S0123456", "W1"] },
    ],
    [
      "each field",
      { channel: "C1", label: "nightly", notify: "end" },
      { channel: "C1", label: "nightly", notify: "end" },
    ],
    ["unchecked boxes", { thread: "", tellSlow: "" }, { thread: false, tellSlow: false }],
  ])("%s", (_sentence, typed, body) => {
    expect(bodyOf({ ...emptyRegistration, ...typed })).toEqual(body);
  });
});

describe("each fault of the API is shown once, beside its field", () => {
  const typed = {
    ...emptyRegistration,
    buildId: "b 1",
    channel: "#general",
    mention: "jonas, @ops U0JONAS001",
    label: "x".repeat(200),
  };

  test.each<[string, Fault[], string, string]>([
    ["of the path", [{ parameter: "buildId", detail: "is too long" }], "buildId", "Build ID is too long"],
    [
      "of the body, with the value that the API quotes",
      [{ pointer: "#/channel", detail: "is no id; the value is #general" }],
      "channel",
      "Channel is no id; the value is #general",
    ],
    ["within a list", [{ pointer: "#/mention/1", detail: "is no id" }], "mention", "Mention is no id"],
    [
      "the same fault of several values",
      [
        { pointer: "#/mention/0", detail: "is no id" },
        { pointer: "#/mention/1", detail: "is no id" },
      ],
      "mention",
      "Mention is no id",
    ],
    [
      "several faults of one field",
      [
        { pointer: "#/mention/0", detail: "is no id; the value is jonas" },
        { pointer: "#/mention/1", detail: "is no id; the value is @ops" },
      ],
      "mention",
      "Mention is no id; the value is jonas. Mention is no id; the value is @ops",
    ],
    [
      "of a setting that the API does not know",
      [{ pointer: "#/notify", detail: "unknown" }],
      "notify",
      "Send unknown",
    ],
  ])("%s", (_sentence, faults, name, detail) => {
    const { text } = renderRegistration({ values: typed, problem: withFaults(faults) }, context);
    expect(text).toContain(`<p class="fault" id="registration-${name}-fault">${detail}</p>`);
    expect([...text.matchAll(/name="(\w+)"[^>]*aria-invalid="true"/g)].map(([, id]) => id)).toEqual([name]);
    expect(text).toMatch(/<details[^>]* open>/);
  });

  test("a fault without a field is shown with the answer", () => {
    const problem = withFaults([{ pointer: "#/__proto__", detail: "is not a known field" }]);
    const words = wordsOf(renderRegistration({ values: emptyRegistration, problem }, context));
    expect(words).toContain("400 The request is not valid. See errors. is not a known field");
  });
});

test("the fields keep their values, and the values are shown as text", () => {
  const values = { ...emptyRegistration, buildId: '"><script>' };
  const { text } = renderRegistration({ values, problem: withFaults([]) }, context);
  expect(text).toContain('value="&#34;&#62;&#60;script&#62;"');
});

test("the samples' ids are explained", () => {
  const words = wordsOf(renderRegistration({ values: emptyRegistration }, context));
  expect(words).toContain("What a simulated build does follows from its ID: succeeds-… , timesout-…");
});

test("the people whom a failure may mention are suggested by their names", () => {
  const { text } = renderRegistration({ values: emptyRegistration }, context);
  expect(text).toContain('<option value="U0JONAS001">Jonas Weber</option>');
});

test("with the real ServiceStage the form is open", () => {
  const { text } = renderRegistration({ values: emptyRegistration }, { ...context, kinds: [] });
  expect(text).toMatch(/<details[^>]* open>/);
  expect(wordsOf(text)).toContain("The ID that ServiceStage gave the build.");
});
