package muster.gossip.planted;

import java.util.Set;
import muster.proof.architecture.Breaks;

@Breaks("no_salted_order")
public final class WalksASaltedSet {
    String first() {
        return Set.of("a", "b").iterator().next();
    }
}
