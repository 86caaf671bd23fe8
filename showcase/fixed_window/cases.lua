-- What a limiter with a fixed window does, whatever script it is.
return function(request)
  local function ask(user, limit)
    return request{ keys = { user }, args = { limit, 60000 } }
  end

  invariant(function()
    assert.not_equal(-1, redis("PTTL", "user:1"), "a counter goes when its window is over")
  end)

  describe("a fixed window", function()
    it("lets as many pass as may", function()
      for _ = 1, 3 do
        assert.equal(1, ask("user:1", 3))
      end
      assert.equal(0, ask("user:1", 3))
    end)

    it("counts each user apart", function()
      assert.equal(1, ask("user:1", 1))
      assert.equal(1, ask("user:2", 1))
      assert.equal(0, ask("user:1", 1))
    end)

    it("lets nobody pass where nobody may", function()
      assert.equal(0, ask("user:1", 0))
    end)

    it("keeps to its limit with several clients", function()
      local passed = 0
      invariant(function()
        assert(passed <= 2, "more than two have passed")
      end)
      local function client()
        for _ = 1, 2 do
          if ask("user:1", 2) == 1 then
            passed = passed + 1
          end
        end
      end
      interleave{ a = client, b = client }
      assert.equal(2, passed)
    end)

    it("begins anew when the window is over", function()
      assert.equal(1, ask("user:1", 1))
      clock.advance(59)
      assert.equal(0, ask("user:1", 1))
      clock.advance(2)
      assert.equal(1, ask("user:1", 1))
    end)
  end)
end
