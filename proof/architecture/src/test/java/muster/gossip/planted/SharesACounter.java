package muster.gossip.planted;

import java.util.concurrent.atomic.AtomicLong;
import muster.proof.architecture.Breaks;

@Breaks("one_thread_at_a_time")
public final class SharesACounter {
    final AtomicLong count = new AtomicLong();
}
