//! The words that generated programs are made of.
//!
//! Owns the lists alone: variables, literals, operators, functions. A word that comes first in its list
//! is a simple one.

/// Variables, by what they mostly hold.
pub(super) const NUMBERS: [&str; 3] = ["i", "j", "k"];
pub(super) const TEXTS: [&str; 2] = ["s", "t"];
pub(super) const TABLES: [&str; 3] = ["a", "b", "c"];
pub(super) const FUNCTIONS: [&str; 2] = ["f", "h"];
/// Fields, by what they mostly hold.
pub(super) const NUMBER_FIELDS: [&str; 2] = ["x", "y"];
pub(super) const TEXT_FIELDS: [&str; 2] = ["name", "key"];
pub(super) const TABLE_FIELDS: [&str; 2] = ["next", "list"];
pub(super) const FUNCTION_FIELDS: [&str; 2] = ["f", "each"];

pub(super) const NUMBER_LITERALS: [&str; 17] = [
    "0", "1", "2", "3", "(-1)", "10", "0.5", "1e15", "2^53", "(-0)", "(1/0)", "(0/0)", "1e100",
    "255", "7", "1e-3", "3.7",
];
pub(super) const TEXT_LITERALS: [&str; 9] = [
    "''", "'a'", "'b'", "'10'", "'0x10'", "'hello'", "'%d'", "'a b c'", "' 5 '",
];
pub(super) const OTHER_LITERALS: [&str; 3] = ["nil", "true", "false"];
pub(super) const ARITHMETIC: [&str; 6] = ["+", "-", "*", "/", "%", "^"];
pub(super) const COMPARISON: [&str; 6] = ["==", "~=", "<", "<=", ">", ">="];
pub(super) const EVENTS: [&str; 14] = [
    "__index",
    "__newindex",
    "__call",
    "__add",
    "__sub",
    "__mul",
    "__div",
    "__mod",
    "__pow",
    "__unm",
    "__concat",
    "__eq",
    "__lt",
    "__le",
];
/// Functions that take any arguments and whose results say nothing of addresses.
pub(super) const LIBRARY: [&str; 53] = [
    "type",
    "tonumber",
    "text",
    "select",
    "rawequal",
    "rawget",
    "rawset",
    "next",
    "unpack",
    "pcall",
    "getmetatable",
    "assert",
    "error",
    "ipairs",
    "string.len",
    "string.sub",
    "string.byte",
    "string.char",
    "string.upper",
    "string.lower",
    "string.reverse",
    "string.find",
    "string.match",
    "string.format",
    "string.gsub",
    "insert",
    "table.remove",
    "table.concat",
    "table.sort",
    "table.maxn",
    "table.getn",
    "math.abs",
    "math.floor",
    "math.ceil",
    "math.max",
    "math.min",
    "math.fmod",
    "math.modf",
    "math.sqrt",
    "math.frexp",
    "math.ldexp",
    "xpcall",
    "setmetatable",
    "coroutine.wrap",
    "coroutine.create",
    "coroutine.resume",
    "coroutine.status",
    "loadstring",
    "string.gmatch",
    "table.foreach",
    "table.foreachi",
    "math.pow",
    "rawequal",
];
pub(super) const FORMATS: [&str; 10] = [
    "'%d'", "'%5.2f'", "'%s'", "'%q'", "'%x'", "'%g'", "'%c'", "'%5s'", "'%e'", "'%i%%'",
];
pub(super) const PATTERNS: [&str; 14] = [
    "'%a'",
    "'.'",
    "'a*'",
    "'(%w+)'",
    "'%d+'",
    "'l-'",
    "'^h'",
    "'o$'",
    "'%s'",
    "'()'",
    "'[a-c]'",
    "'%b()'",
    "'(a)(b)?'",
    "'%f[%w]'",
];
/// Calls that change a table, up to its argument.
pub(super) const TABLE_CALLS: [&str; 8] = [
    "insert(",
    "table.remove(",
    "table.sort(",
    "table.concat(",
    "table.foreach(",
    "unpack(",
    "table.maxn(",
    "next(",
];
/// Methods of strings with their arguments.
pub(super) const METHODS: [&str; 16] = [
    ":sub(2)",
    ":sub(-3, -2)",
    ":upper()",
    ":reverse()",
    ":byte(1, 3)",
    ":len()",
    ":rep(2)",
    ":find('l')",
    ":find('', 3)",
    ":match('(%a)(.*)')",
    ":gsub('.', '%0%0')",
    ":gsub('%w', {a = 1, l = 'L', o = false})",
    ":format(1, 'x')",
    ":lower():upper()",
    ":gmatch('.')()",
    ":nomethod()",
];
/// What extra arguments can be used for.
pub(super) const VARARGS: [&str; 7] = [
    "...",
    "(...)",
    "select('#', ...)",
    "select(2, ...)",
    "#{...}",
    "unpack({...})",
    "select(-1, ...)",
];
