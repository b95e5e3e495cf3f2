package muster.balancing.planted;

import java.time.Clock;
import muster.proof.architecture.Breaks;

@Breaks("no_clock")
public final class KeepsAClock {
    long read(Clock clock) {
        return clock.millis();
    }
}
