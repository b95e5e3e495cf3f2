package muster.gossip.planted;

import java.time.Instant;
import java.util.function.Supplier;
import muster.proof.architecture.Breaks;

@Breaks("no_clock")
public final class ReadsTheClockByReference {
    Supplier<Instant> now() {
        return Instant::now;
    }
}
