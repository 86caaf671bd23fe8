for _, x in ipairs {0, 1, -1, 0.5, 2, 10, 100.7, -3.2} do
  print(x, math.abs(x), math.ceil(x), math.floor(x), math.sqrt(math.abs(x)))
  print(string.format("%.10g %.10g %.10g %.10g", math.sin(x), math.cos(x), math.tan(x), math.exp(x)))
  print(string.format("%.10g %.10g %.10g", math.sinh(x), math.cosh(x), math.tanh(x)))
  print(math.frexp(x)) print(math.modf(x))
  print(string.format("%.10g %.10g", math.deg(x), math.rad(x)))
end
print(math.ldexp(1, 10), math.ldexp(0.5, 3), math.ldexp(1, -1074), math.ldexp(3, 2.9))
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2))
print(math.pow(2, 10), math.pow(2, 0.5), math.max(1, 2, 3), math.min(3, 2, 1), math.max(-1), math.min("4", "3"))
print(math.log(1), math.log10(1000), string.format("%.12g", math.log(10)), math.log(0), math.log10(0))
print(math.modf(3.7)) print(math.modf(-3.7)) print(math.modf(math.huge)) print(math.modf(-math.huge))
print(string.format("%.10g %.10g %.10g", math.atan2(1, 2), math.atan2(-1, -2), math.atan(1)))
print(string.format("%.14g", math.pi), math.mod == math.fmod)
