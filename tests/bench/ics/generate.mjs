// generate.mjs EVENTS SECONDS: renders the same calendar again and again in memory, and says how often in a second.

import { readFileSync } from 'node:fs';
import ical from 'ical-generator';

const events = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const seconds = Number(process.argv[3]);

function render() {
  const calendar = ical({ name: 'Gruppe', timezone: 'Europe/Berlin', ttl: 3600 });
  for (const event of events) {
    calendar.createEvent({
      id: event.uid, start: event.start, end: event.end, timezone: 'Europe/Berlin', summary: event.summary,
      description: event.description, location: event.location, url: event.url, sequence: event.sequence,
      stamp: event.stamp, lastModified: event.stamp, status: 'CONFIRMED',
    });
  }
  return calendar.toString();
}

render();
const started = performance.now();
let count = 0;
while (performance.now() - started < seconds * 1000) {
  render();
  count++;
}
console.log(count / (performance.now() - started) * 1000);
