from nlpseq.testing import TaskContract


class TestTagging(TaskContract):
    task = "tagging"
