package muster.proxy.planted;

import muster.proof.architecture.Breaks;

@Breaks("names_say_what_a_thing_is")
public final class PoolManager {
    int pools = 1;
}
