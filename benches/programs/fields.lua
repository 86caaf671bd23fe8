-- Reads and writes of named fields, and method calls.
local Account = {}
Account.__index = Account

function Account.new(name)
  return setmetatable({ name = name, balance = 0, fees = 0, moves = 0 }, Account)
end

function Account:deposit(amount)
  self.balance = self.balance + amount
  self.moves = self.moves + 1
end

function Account:charge()
  self.fees = self.fees + 0.25
  self.balance = self.balance - 0.25
end

local a, b = Account.new("a"), Account.new("b")
for i = 1, 4000000 do
  a:deposit(i % 100)
  b.balance = b.balance + a.moves - b.moves
  b.moves = b.moves + 1
  if i % 4 == 0 then
    a:charge()
  end
end
print(a.balance, a.fees, a.moves, b.balance, b.moves)
