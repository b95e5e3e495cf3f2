package muster.proof.simulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The production protocol with one bug planted into the byte code of one method, in a class loader of its own together
 * with its own simulator. Planting fails loudly when the place is not found, so a mutant cannot quietly become healthy.
 */
final class Mutant extends ClassLoader {
    /** Rewrites one instruction of the method: true when it wrote something else, false to leave it as it is. */
    @FunctionalInterface
    interface Bug {
        boolean plant(CodeBuilder code, CodeElement element);
    }

    private final String className;
    private final String method;
    private final Bug bug;
    private int planted;

    Mutant(String simpleName, String method, Bug bug) {
        super(Mutant.class.getClassLoader());
        this.className = "muster.gossip." + simpleName;
        this.method = method;
        this.bug = bug;
    }

    /** A bug that replaces the whole method: {@code body} is written where the method begins. */
    static Bug body(Consumer<CodeBuilder> body) {
        return new Bug() {
            private @Nullable CodeBuilder written;

            @Override
            public boolean plant(CodeBuilder code, CodeElement element) {
                if (element instanceof Instruction && written != code) {
                    body.accept(code);
                    written = code;
                }
                return true;
            }
        };
    }

    /** Runs campaigns on the broken protocol until a promise breaks; gives its line, or "" when none did. */
    @SuppressWarnings("unchecked")
    String firstBroken(long lastSeed, int members) {
        try {
            var run = (Supplier<String>) loadClass(MutantRun.class.getName())
                    .getConstructor(long.class, int.class)
                    .newInstance(lastSeed, members);
            String broken = run.get();
            if (planted == 0) {
                throw new IllegalStateException(
                        "the bug found no place in " + className + "." + method + ": plant it where the rule is now");
            }
            return broken;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot load the mutant's simulator", e);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            if (!name.startsWith("muster.gossip.") && !name.startsWith("muster.proof.simulator.")) {
                return super.loadClass(name, resolve);
            }
            byte[] bytes = read(name);
            byte[] changed = name.equals(className) ? change(bytes) : bytes;
            return defineClass(name, changed, 0, changed.length);
        }
    }

    private byte[] read(String name) throws ClassNotFoundException {
        try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The method is named alone, or with its descriptor where the name has several. */
    private boolean isTarget(MethodModel one) {
        String name = one.methodName().stringValue();
        return name.equals(method) || (name + one.methodType().stringValue()).equals(method);
    }

    private byte[] change(byte[] bytes) {
        ClassFile file =
                ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS, ClassFile.DeadCodeOption.PATCH_DEAD_CODE);
        ClassModel model = file.parse(bytes);
        return file.transformClass(model, (builder, element) -> {
            if (element instanceof MethodModel one && isTarget(one)) {
                builder.transformMethod(one, (methodBuilder, part) -> {
                    if (part instanceof CodeModel code) {
                        methodBuilder.transformCode(code, (codeBuilder, instruction) -> {
                            if (bug.plant(codeBuilder, instruction)) {
                                planted++;
                            } else {
                                codeBuilder.with(instruction);
                            }
                        });
                    } else {
                        methodBuilder.with(part);
                    }
                });
            } else {
                builder.with(element);
            }
        });
    }
}
