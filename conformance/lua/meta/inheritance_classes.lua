local Animal = {} Animal.__index = Animal
function Animal.new(name) return setmetatable({name = name}, Animal) end
function Animal:speak() return self.name .. " makes a sound" end
local Dog = setmetatable({}, {__index = Animal}) Dog.__index = Dog
function Dog.new(name) local d = Animal.new(name) return setmetatable(d, Dog) end
function Dog:speak() return Animal.speak(self) .. ": woof" end
print(Animal.new("cat"):speak(), Dog.new("rex"):speak()) print(getmetatable(Dog.new("a")) == Dog, Dog.nothing)
print(pcall(function() Dog.new("x"):fly() end)) print(pcall(Dog.speak)) print(pcall(Dog.speak, {}))
Dog.__tostring = function(d) return "Dog(" .. d.name .. ")" end print(Dog.new("rex"))
Dog.__eq = function(a, b) return a.name == b.name end print(Dog.new("a") == Dog.new("a"), Dog.new("a") == Dog.new("b"))
Dog.__call = function(self, x) return self.name .. x end print(Dog.new("z")("!"))
Dog.__lt = function(a, b) return a.name < b.name end local l = {Dog.new("c"), Dog.new("a"), Dog.new("b")} table.sort(l) print(tostring(l[1]), tostring(l[3]))
