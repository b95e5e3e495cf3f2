package muster.gossip.planted;

import java.util.concurrent.ExecutorService;
import muster.proof.architecture.Breaks;

@Breaks({"no_threads", "one_thread_at_a_time"})
public final class RunsAnExecutor {
    void run(ExecutorService executor) {
        executor.execute(() -> {});
    }
}
