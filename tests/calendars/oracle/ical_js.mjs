// ical_js.mjs: the events of calendars as ical.js reads them: for each file named, iCalendar or jCal, a line of JSON.
import { readFileSync } from 'node:fs';
import ICAL from 'ical.js';

const parse = (path) => {
	const text = readFileSync(path, 'utf8');
	return new ICAL.Component(path.endsWith('.json') ? JSON.parse(text) : ICAL.parse(text));
};

const instant = (time) => {
	if (time.zone === ICAL.Timezone.localTimezone)
		throw new Error(`${time} is of no zone`);
	return time.toUnixTime();
};

const event = (component, recurrence, start, end) => ({
	uid: component.getFirstPropertyValue('uid'),
	recurrence,
	start: instant(start),
	end: instant(end),
	...Object.fromEntries(['status', 'summary', 'location', 'description', 'url', 'conference'].map(
		(name) => [name, component.getFirstPropertyValue(name)])),
});

const single = (component) => {
	const id = component.getFirstPropertyValue('recurrence-id');
	return event(component, id && instant(id), component.getFirstPropertyValue('dtstart'),
		component.getFirstPropertyValue('dtend'));
};

// Exceptions are events of their own; the series leaves their dates to them.
const expand = (master, exceptions) => {
	const series = new ICAL.Event(master, { exceptions: [] });
	const overridden = new Set(exceptions.map((one) => instant(one.getFirstPropertyValue('recurrence-id'))));
	const dates = series.iterator();
	const events = [];
	for (let date = dates.next(); date; date = dates.next()) {
		const { startDate, endDate } = series.getOccurrenceDetails(date);
		if (!overridden.has(instant(date)))
			events.push(event(master, instant(date), startDate, endDate));
	}
	return events;
};

const read = (path) => {
	const components = parse(path).getAllSubcomponents('vevent');
	const exceptions = new Map();
	for (const one of components.filter((component) => component.hasProperty('recurrence-id'))) {
		const uid = one.getFirstPropertyValue('uid');
		exceptions.set(uid, [...(exceptions.get(uid) ?? []), one]);
	}
	return components.flatMap((one) => (one.hasProperty('rrule') ?
		expand(one, exceptions.get(one.getFirstPropertyValue('uid')) ?? []) : single(one)));
};

for (const path of process.argv.slice(2))
	try {
		console.log(JSON.stringify({ events: read(path) }));
	} catch (error) {
		console.log(JSON.stringify({ error: String(error) }));
	}
