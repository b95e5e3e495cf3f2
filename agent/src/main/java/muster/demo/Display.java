package muster.demo;

/** Where the user follows the story while it runs. Thread-safe; closing twice is fine. */
interface Display extends AutoCloseable {

    /** A line of the story, as it is told. */
    void told(String line);

    /** Called several times a second. */
    void refresh(Scene scene);

    @Override
    void close();
}
