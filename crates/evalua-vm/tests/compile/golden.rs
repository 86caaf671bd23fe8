//! Listings of small programs, one of each kind of statement and expression.

use crate::compiled;
use evalua_vm::bytecode::disasm::disassemble;

macro_rules! golden {
    ($($name:ident: $source:literal;)*) => {$(
        #[test]
        fn $name() {
            let proto = compiled($source.as_bytes()).expect("compiles");
            insta::with_settings!({ description => $source, omit_expression => true }, {
                insta::assert_snapshot!(disassemble(&proto));
            });
        }
    )*};
}

golden! {
    locals: "local a, b, c = 1, nil local d = a local e local f, g = h()";
    local_multiple: "local a, b = ... local c, d, e = 1, f() local g = f(), 2";
    arithmetic: "local a, b local c = a + b * 2 - a / b % 3 ^ a c = -a c = #a c = 1 + a c = 2 - a c = 2 ^ a c = c + 1";
    folding: "return 1 + 2 * 3, 1 / 0, 5 % 0, 2 ^ 0.5, -(3), - -3, (0 / 1) * -1, 10 % 3, -7 % 3, 'a' + 1, 1e308 * 10 - 1e308 * 10";
    zeros: "local a, b = 0, -0 local t = {[0] = 1, [-0] = 2}";
    negative_zero_first: "local a, b = -0, 0 local t = a[0]";
    concat: "local a local b = a .. 'x' .. 1 .. a";
    fields: "local t t.a = t.b t[1] = t[2] t[65535] = t[65536] t.x.y.z = t['w'] t[1.5] = t[-1] t[t] = t[nil] t[true] = nil t.s = 's'";
    globals: "a = b a.b = c a = nil a = 'x'";
    upvalues: "local a, b local function f() a = b b = nil return function() return b, a, f end end";
    comparisons: "local a, b if a == b then c() end if a ~= 1 then c() end if nil == a then c() end if a < b then c() end if a > b then c() end if a <= 1 then c() end if 1 <= a then c() end if a >= 'x' then c() end if 'x' < a then c() end if 1 < 2 then c() end if not (a > 1) then c() end";
    comparison_values: "local a, b local c = a == b c = a < 1 c = not (a < 1) return a ~= nil, b >= a";
    logic: "local a, b, c local d = a and b or c d = a or b and c d = not a and b d = a == 1 and b or c d = (a or b) and c d = a and 1 d = nil or a d = 1 and a d = not not a";
    logic_conditions: "local a, b, c if a and b then d() end if a or b then d() end if not a then d() end if (a or b) and not c then d() end if not (a and b or c) then d() end if a == b or not c then d() end";
    constant_conditions: "if true then a() end if false then b() end if nil then c() end if 1 then d() end while false do e() end while true do f() break end repeat g() until true repeat h() until false";
    if_else: "local a if a then b() elseif c then d() elseif e then f() else g() end if a then return end";
    while_loop: "local i = 0 while i < 10 do i = i + 1 if i == 5 then break end end";
    repeat_loop: "local i = 0 repeat i = i + 1 local j = i if j == 3 then break end until j > 5";
    repeat_with_captures: "repeat local i = f() g(function() return i end) if i then break end until i > 5";
    numeric_for: "for i = 1, 10 do f(i) end for i = a, b, c do f(i) end for i = 3, 1, -1 do f(i) end for i = 1, 2, 0.5 do end";
    generic_for: "for k, v in pairs(t) do f(k, v) end for l in a, b, c do if l then break end end";
    captured_loop_variables: "for i = 1, 2 do local j = i f(function() return i, j end) end for k in a do f(function() return k end) if k then break end end while a do local x f(function() return x end) break end";
    blocks: "do local a = 1 do local b = a end local c = a end do local d f(function() return d end) end local e";
    calls: "f() f(1, 2) f(...) f(g()) f(1, g(), h()) f{} f's' a.b.c(1) local x = f() x = f() local t = {f()} return f(f())";
    methods: "local o o:m() o.p:m(1, ...) ('x'):rep(2) return o:m(o:n())";
    parentheses: "return (f()), (...), (f)(), (a.b).c";
    varargs: "local function f(...) local a, b = ... return ..., ... end local function g(...) return arg end local function h(x, ...) return select('#', ...), arg end";
    tables: "local t = {} t = {1, 2, 3} t = {x = 1, ['y'] = 2, [1] = 3, [t] = t, [nil] = 1} t = {1, x = t, 2; f(), (f())} t = {f()} t = {...} t = {..., nil}";
    long_table: "local t = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,f()}";
    assignments: "local a, b, i a, b = b, a a, b = f() a, b = 1 a, b = 1, 2, 3 a, b = 1, 2, f() x, y.z, a = 1, a i, a[i] = i + 1, 20 a[i], i = i, a a, a.b = b, a a.b, a = 1, 2";
    functions: "function f() end function a.b.c(x) end function a:m(x) return self end local function g() return g() end local h = function(a, b, ...) return a, ... end";
    returns: "if a then return end if b then return b end if c then return 1, 2 end if d then return f(), 1 end if e then return (f()) end if g then return a.b(1) end do local x return x end";
    lines: "local a =\n{}\na.b\n.c(\na.d\n,\na.e\n+\na.f\n)\nfor i = a,\nb\ndo\nend\nfor i\nin\na\ndo end";
}
