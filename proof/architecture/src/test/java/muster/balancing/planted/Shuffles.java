package muster.balancing.planted;

import java.util.Collections;
import java.util.List;
import muster.proof.architecture.Breaks;

@Breaks("no_chance_of_their_own")
public final class Shuffles {
    void shuffle(List<String> names) {
        Collections.shuffle(names);
    }
}
