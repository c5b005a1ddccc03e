-- cycle.lua: asks for the lines of a file in turn: wrk -s cycle.lua URL -- FILE [KEY]
-- Without a key each line is a target to get; with one, a target to post to, and what to post after a space.
-- The threads begin at different lines, so that they are not always at the same one.
local requests, turn = {}, 0
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(arguments)
	local file, key = arguments[1], arguments[2]
	local fields = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. (key or "") }

	for line in io.lines(file) do
		local target, body = line:match("^(%S+) ?(.*)$")

		requests[#requests + 1] = key and wrk.format("POST", target, fields, body)
			or wrk.format("GET", target)
	end
	turn = math.floor(#requests * number / 2)
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end

function done(summary, latency)
	local errors = summary.errors
	local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
	local seconds = summary.duration / 1e6

	print(string.format("answered %d, %.1f/s, failed %d, p99 %.2f ms", summary.requests - errors.status,
		summary.requests / seconds, failed, latency:percentile(99) / 1000))
end
