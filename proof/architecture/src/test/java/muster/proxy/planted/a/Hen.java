package muster.proxy.planted.a;

import muster.proof.architecture.Breaks;

@Breaks("packages_have_no_cycles")
public final class Hen {
    muster.proxy.planted.b.Egg laid;
}
