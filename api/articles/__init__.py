"""Articles as people read and edit them: versions, the help pages' content, and whether they helped."""
