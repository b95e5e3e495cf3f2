package muster.proxy.planted.b;

import muster.proof.architecture.Breaks;

@Breaks("packages_have_no_cycles")
public final class Egg {
    muster.proxy.planted.a.Hen hatched;
}
