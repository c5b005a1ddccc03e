-- cycle.lua: asks for the lines of a file in turn: wrk -s cycle.lua URL -- FILE [KEY]
-- Without a key each line is a target to get, with one it is the body of a group to create.
local requests, turn = {}, 0

function init(arguments)
	local file, key = arguments[1], arguments[2]
	local fields = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. (key or "") }

	for line in io.lines(file) do
		requests[#requests + 1] = key and wrk.format("POST", "/v1/groups", fields, line)
			or wrk.format("GET", line)
	end
end

function request()
	turn = turn % #requests + 1
	return requests[turn]
end

function done(summary)
	local errors = summary.errors
	local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout

	print(string.format("answered %.1f/s, failed %d", summary.requests / summary.duration * 1e6, failed))
end
