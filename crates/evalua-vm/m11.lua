#!shebang
return debug.getinfo(1, 'S').source, 2