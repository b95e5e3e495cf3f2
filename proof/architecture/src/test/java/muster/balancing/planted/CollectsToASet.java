package muster.balancing.planted;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.proof.architecture.Breaks;

@Breaks("no_salted_order")
public final class CollectsToASet {
    Set<String> collect(Stream<String> names) {
        return names.collect(Collectors.toUnmodifiableSet());
    }
}
