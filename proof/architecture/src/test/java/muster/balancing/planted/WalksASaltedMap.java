package muster.balancing.planted;

import java.util.Map;
import muster.proof.architecture.Breaks;

@Breaks("no_salted_order")
public final class WalksASaltedMap {
    final Map<String, Integer> weights = Map.of("a", 1, "b", 2);
}
