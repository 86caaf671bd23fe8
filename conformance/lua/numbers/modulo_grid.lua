-- The remainder of every pair of odd values, beside fmod.
local values = {0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 5.3, -5.3, 7, -7, 10, -10, 1e15, -1e15, 2^53, -2^53, 1e300, -1e300, 5e-324, -5e-324, 1/0, -1/0, 0/0} local function s(n) return n ~= n and "nan" or n == 0 and (1 / n < 0 and "-0" or "0") or tostring(n) end
for _, a in ipairs(values) do local row = {} for _, b in ipairs(values) do row[#row + 1] = s(a % b) .. "|" .. s(math.fmod(a, b)) end print(s(a), table.concat(row, " ")) end
