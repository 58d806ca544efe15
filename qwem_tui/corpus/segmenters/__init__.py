"""Words of languages that are written without spaces, by dictionaries: MeCab, Sudachi and jieba."""
