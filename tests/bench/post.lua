-- post.lua: posts one message again and again: wrk -s post.lua URL -- FILE
-- Its header fields are lines of the file; behind an empty line comes the body.
local message

function init(arguments)
	local text = io.open(arguments[1]):read("*a")
	local head, body = text:match("^(.-)\n\n(.*)\n$")
	local fields = {}

	for name, value in head:gmatch("([^\n:]+): ([^\n]*)") do
		fields[name] = value
	end
	message = wrk.format("POST", nil, fields, body)
end

function request()
	return message
end

function done(summary, latency)
	local errors = summary.errors
	local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout

	print(string.format("answered %d, %.1f/s, failed %d, p99 %.2f ms", summary.requests - errors.status,
		summary.requests / (summary.duration / 1e6), failed, latency:percentile(99) / 1000))
end
