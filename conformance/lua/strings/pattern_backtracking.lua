-- Repetitions that a plain character follows, where the first way fails.
local subjects = {
  "a;b;c", ";;", "", "aaab", "key=value=more", "x(y)z)", "line one\nline two\n", "aXbXc", "a.b.c", "%%a%b",
  ("ab"):rep(40) .. "c", "no such", "\0a\0b", "1,22,333,",
}
local patterns = {
  "(.-);", "(.*);", "^(.*);(.*)$", "(.-)=(.-)$", "(%a-)X", "(%a*)X", "[^;]-;", "[^;]*;", "(a-)b", "(a*)b", "a+b",
  "(.-)%.", "(.*)%.", "((.-);)", "((.*);)(.*)", "(.-)\n", "([^\n]*)\n", ".-c", ".*c", ".-cd", "(%d-),", "(%d*),",
  "(.-)).", "(.-", ".-)", "(.*", ".*)", "(a-)%1;", "(a*)%1b", ".-a-b", ".*a*b", "a-;+", "a*;?", "(.-)()%)", "%z-a", "[%z]*a",
}
for _, subject in ipairs(subjects) do
  for _, pattern in ipairs(patterns) do
    print(("%q %q"):format(subject, pattern), pcall(string.find, subject, pattern))
    print(pcall(string.gsub, subject, pattern, "<%0>"))
    print(pcall(string.match, subject, pattern, 2))
  end
end
