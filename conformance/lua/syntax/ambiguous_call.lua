local function e(s) print((select(2, loadstring(s, "=s"))) or "ok") end
e "f\n(x)" e "f(x)\n(y)" e "f{}\n(y)" e "f'x'\n(y)" e "a.b\n(x)" e "a[1]\n(x)" e "a:b\n(x)" e "a = f\n(x)" e "f\n{x}" e "f\n'x'" e "return f\n(x)" e "local a = f\n(g)()" e "f;\n(x)()" e "f()\n;(x)()"
