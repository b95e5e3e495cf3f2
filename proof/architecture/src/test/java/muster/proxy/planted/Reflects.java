package muster.proxy.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_reflection")
public final class Reflects {
    Class<?> find(String name) throws ClassNotFoundException {
        return Class.forName(name);
    }
}
