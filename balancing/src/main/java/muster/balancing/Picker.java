package muster.balancing;

import java.util.random.RandomGenerator;

/** The rule that chooses a backend among those that may be chosen. */
public enum Picker {
    /** In turn, each as often as its weight says, evenly spread: exact counts over a full round. */
    ROUND_ROBIN("round-robin") {
        @Override
        Backend pick(Candidates candidates, PoolLife life, RandomGenerator random) {
            return candidates.inTurn(life.nextTurn());
        }
    },
    /**
     * Two at random by weight; the one with fewer requests in flight for its weight, the first drawn if equal. Nearly
     * as even as knowing all loads, and several balancers that do not know of each other do not run to the same one.
     */
    TWO_CHOICES("two-choices") {
        @Override
        Backend pick(Candidates candidates, PoolLife life, RandomGenerator random) {
            return candidates.ofTwo(random);
        }
    };

    private final String word;

    Picker(String word) {
        this.word = word;
    }

    /** Its name in configuration. */
    public String word() {
        return word;
    }

    /** By its name in configuration; the message of the exception lists the names. */
    public static Picker named(String word) {
        for (Picker picker : values()) {
            if (picker.word.equals(word)) {
                return picker;
            }
        }
        throw new IllegalArgumentException(
                "picker \"" + word + "\" is not known; use " + TWO_CHOICES.word + " or " + ROUND_ROBIN.word);
    }

    /** Of candidates that are not empty. */
    abstract Backend pick(Candidates candidates, PoolLife life, RandomGenerator random);
}
