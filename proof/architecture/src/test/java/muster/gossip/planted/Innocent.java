package muster.gossip.planted;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

public final class Innocent {
    private final SortedMap<String, Long> seen = new TreeMap<>();

    /** Arrays, lambdas, time and chance as arguments: nothing here is forbidden. */
    public byte[] pick(long nowNanos, RandomGenerator random, List<String> names) {
        names.forEach(name -> seen.merge(name, nowNanos, Math::max));
        int[] lengths = names.stream().mapToInt(String::length).toArray();
        return new byte[lengths[random.nextInt(lengths.length)]];
    }
}
