local obj = {}
function obj:run() self.missing:go() end
obj:run()
