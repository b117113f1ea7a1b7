// Usage: node validate.mjs FILE. Prints each diagnostic as FILE:LINE; exits 1 if one is an error.
import { Parser, fromFile } from "@asyncapi/parser";

const SEVERITIES = ["error", "warning", "information", "hint"];
const file = process.argv[2] ?? "../asyncapi.yaml";
const { document, diagnostics } = await fromFile(new Parser(), file).parse();

for (const { severity, range, message, path } of diagnostics) {
  console.log(`${file}:${range.start.line + 1}: ${SEVERITIES[severity]}: ${message} (${path.join(".")})`);
}
const errors = diagnostics.filter(({ severity }) => severity === 0).length;
if (document === undefined || errors > 0) {
  console.log(`${file}: ${errors} errors`);
  process.exit(1);
}
console.log(`${file}: valid, ${document.channels().length} channels, ${document.operations().length} operations, ` +
  `${document.messages().length} messages`);
