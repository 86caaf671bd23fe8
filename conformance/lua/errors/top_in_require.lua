-- An error at the top, in a module that is preloaded.
package.preload.broken = function(name) local t = {} return t.a.b end
print(pcall(require, "broken"))
print(pcall(require, "broken"))
require "broken"
