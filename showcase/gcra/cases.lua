-- What the generic cell rate algorithm does, whatever scripts it is made of.
return function(request)
  -- A request every ten seconds, three at once.
  local function ask(now)
    return request{ keys = { "user:1" }, args = { now, 10000, 3 } }
  end

  describe("a steady rate", function()
    it("lets a burst pass, and says how long to wait then", function()
      for _ = 1, 3 do
        assert.equal(0, ask(0))
      end
      assert.equal(10000, ask(0))
      assert.equal(1, ask(9999))
    end)

    it("lets one more pass after every interval", function()
      for _ = 1, 3 do
        ask(0)
      end
      for now = 10000, 50000, 10000 do
        assert.equal(0, ask(now))
        assert.equal(10000, ask(now))
      end
    end)

    it("saves up no more than a burst", function()
      ask(0)
      for _ = 1, 3 do
        assert.equal(0, ask(1000000))
      end
      assert.equal(10000, ask(1000000))
    end)

    it("keeps to its limit with several clients", function()
      ask(0)
      ask(0)
      local passed = 2
      invariant(function()
        assert(passed <= 3, "more than three have passed at once")
      end)
      local function client()
        if ask(0) == 0 then
          passed = passed + 1
        end
      end
      interleave{ a = client, b = client }
      assert.equal(3, passed)
    end)
  end)
end
