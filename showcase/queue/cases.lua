-- What a queue of jobs does, whatever scripts it is made of.
--
-- queue.push(now, job), queue.take(now, lease): the job and perhaps a receipt; queue.finish(job, receipt): 1 or 0;
-- queue.count(): how many jobs there are, handed out or not.
return function(queue)
  -- How many jobs were added and are not done.
  local open

  before_each(function()
    open = 0
  end)

  invariant(function()
    assert.equal(open, queue.count(), "jobs that were added and are not done are there")
  end)

  local function push(now, job)
    queue.push(now, job)
    open = open + 1
  end

  local function finish(job, receipt)
    local done = queue.finish(job, receipt)
    open = open - done
    return done
  end

  describe("a queue", function()
    it("hands out the first job first", function()
      push(1, "a")
      push(2, "b")
      assert.equal("a", (queue.take(3, 100)))
      assert.equal("b", (queue.take(3, 100)))
      assert.is_nil((queue.take(3, 100)))
    end)

    it("forgets a job that is done", function()
      push(1, "a")
      assert.equal(1, finish(queue.take(1, 100)))
      assert.is_nil((queue.take(200, 100)))
    end)

    it("hands out a job again whose worker is late", function()
      push(1, "a")
      local job, receipt = queue.take(1, 100)
      assert.equal("a", job)
      assert.is_nil((queue.take(100, 100)))
      local again, newer = queue.take(101, 100)
      assert.equal("a", again)
      finish(again, newer)
      assert.equal(0, finish(job, receipt))
    end)

    it("gives a job to one worker", function()
      push(1, "a")
      push(2, "b")
      local given = {}
      local function worker()
        local job, receipt = queue.take(3, 100)
        if job then
          assert.is_nil(given[job], "given to two")
          given[job] = true
          finish(job, receipt)
        end
      end
      interleave{ a = worker, b = worker }
      assert.same({ a = true, b = true }, given)
    end)
  end)
end
