package muster.proxy.planted;

import muster.proof.architecture.Breaks;

@Breaks("every_package_has_its_door_sign")
public final class NoDoorSign {
    int open = 1;
}
