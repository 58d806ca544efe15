"""Analogies of everyday English, written from facts: the questions asked of a text when no other file is given."""

from __future__ import annotations

from qwem_tui.corpus.samples.pairs import Pair, pairs_of, questions_of

# Frequent words first of all, so that old books, encyclopedias and news cover many pairs. No word stands twice in
# a category: with two pairs of one answer (peso, cub), a question's answer would be a word it may not answer with.
PAIRS: dict[str, tuple[Pair, ...]] = {
    "capital-country": pairs_of("""
        london england, paris france, rome italy, madrid spain, berlin germany, vienna austria, athens greece,
        lisbon portugal, moscow russia, warsaw poland, budapest hungary, stockholm sweden, oslo norway,
        copenhagen denmark, helsinki finland, dublin ireland, edinburgh scotland, brussels belgium,
        bucharest romania, belgrade serbia, sofia bulgaria, ankara turkey, tokyo japan, beijing china,
        bangkok thailand, hanoi vietnam, manila philippines, kathmandu nepal, kabul afghanistan, tehran iran,
        baghdad iraq, damascus syria, beirut lebanon, cairo egypt, tunis tunisia, nairobi kenya, dakar senegal,
        ottawa canada, havana cuba, lima peru, santiago chile, caracas venezuela, canberra australia"""),
    "country-nationality": pairs_of("""
        england english, france french, italy italian, spain spanish, germany german, austria austrian,
        greece greek, portugal portuguese, russia russian, poland polish, hungary hungarian, sweden swedish,
        norway norwegian, denmark danish, finland finnish, ireland irish, scotland scottish, belgium belgian,
        switzerland swiss, holland dutch, turkey turkish, japan japanese, china chinese, india indian,
        korea korean, thailand thai, iran iranian, israel israeli, egypt egyptian, algeria algerian,
        morocco moroccan, ethiopia ethiopian, america american, canada canadian, mexico mexican,
        brazil brazilian, colombia colombian, peru peruvian, chile chilean, australia australian"""),
    "country-currency": pairs_of("""
        britain pound, america dollar, russia ruble, switzerland franc, denmark krone, sweden krona, poland zloty,
        hungary forint, romania leu, ukraine hryvnia, turkey lira, israel shekel, iran rial, iraq dinar,
        japan yen, china yuan, korea won, india rupee, thailand baht, vietnam dong, malaysia ringgit,
        indonesia rupiah, bangladesh taka, morocco dirham, nigeria naira, kenya shilling, ghana cedi,
        zambia kwacha, ethiopia birr, mexico peso, venezuela bolivar, guatemala quetzal, honduras lempira"""),
    "family-gender": pairs_of("""
        man woman, boy girl, he she, his her, himself herself, king queen, prince princess, duke duchess,
        emperor empress, lord lady, count countess, father mother, son daughter, brother sister, husband wife,
        uncle aunt, nephew niece, grandfather grandmother, grandson granddaughter, stepfather stepmother,
        bridegroom bride, widower widow, dad mom, sir madam, male female, actor actress, waiter waitress,
        host hostess, hero heroine, heir heiress, god goddess, monk nun, wizard witch, lion lioness,
        bull cow, rooster hen, stallion mare"""),
    "plurals": pairs_of("""
        man men, woman women, child children, foot feet, tooth teeth, mouse mice, goose geese, ox oxen,
        knife knives, wife wives, life lives, leaf leaves, wolf wolves, city cities, country countries,
        story stories, lady ladies, body bodies, church churches, house houses, horse horses, chair chairs,
        window windows, hand hands, eye eyes, egg eggs, book books, letter letters, word words, year years,
        friend friends, tree trees, ship ships"""),
    "comparatives": pairs_of("""
        good better, bad worse, great greater, small smaller, large larger, big bigger, long longer,
        short shorter, high higher, low lower, old older, young younger, strong stronger, weak weaker,
        tall taller, wide wider, deep deeper, dark darker, bright brighter, cold colder, warm warmer, hot hotter,
        cheap cheaper, heavy heavier, sharp sharper, easy easier, hard harder, early earlier, late later,
        fast faster, slow slower, rich richer, poor poorer, happy happier"""),
    "superlatives": pairs_of("""
        good best, bad worst, great greatest, small smallest, large largest, big biggest, long longest,
        short shortest, high highest, low lowest, old oldest, young youngest, strong strongest, weak weakest,
        tall tallest, deep deepest, dark darkest, bright brightest, cold coldest, warm warmest, hot hottest,
        cheap cheapest, heavy heaviest, easy easiest, hard hardest, early earliest, late latest, fast fastest,
        rich richest, poor poorest, happy happiest"""),
    "past-tense": pairs_of("""
        be was, have had, do did, go went, come came, see saw, say said, make made, take took, give gave,
        find found, think thought, know knew, feel felt, hear heard, speak spoke, tell told, write wrote,
        teach taught, eat ate, drink drank, pour poured, fight fought, win won, strike struck, ride rode,
        drive drove, fly flew, begin began, keep kept, stand stood, lose lost, ask asked, call called,
        look looked, turn turned, walk walked, open opened"""),
    "past-participles": pairs_of("""
        be been, do done, go gone, see seen, take taken, give given, know known, speak spoken, write written,
        eat eaten, drink drunk, fall fallen, break broken, choose chosen, steal stolen, freeze frozen,
        forget forgotten, hide hidden, rise risen, drive driven, ride ridden, fly flown, grow grown, draw drawn,
        throw thrown, show shown, wear worn, tear torn, begin begun, sing sung, shake shaken"""),
    "present-participles": pairs_of("""
        be being, have having, do doing, go going, come coming, see seeing, say saying, make making, take taking,
        give giving, think thinking, look looking, walk walking, run running, jump jumping, swim swimming,
        sit sitting, stand standing, speak speaking, sing singing, listen listening, read reading,
        write writing, work working, play playing, dig digging, plant planting, grow growing, clean cleaning,
        wash washing, paint painting, die dying, lie lying"""),
    "third-person": pairs_of("""
        be is, have has, do does, go goes, come comes, see sees, say says, make makes, take takes, give gives,
        find finds, think thinks, know knows, feel feels, hear hears, speak speaks, tell tells, write writes,
        eat eats, seem seems, become becomes, bring brings, keep keeps, begin begins, carry carries, try tries,
        fly flies, teach teaches, live lives, remain remains"""),
    "adjective-adverb": pairs_of("""
        quick quickly, slow slowly, sudden suddenly, quiet quietly, calm calmly, careful carefully,
        easy easily, happy happily, great greatly, deep deeply, high highly, near nearly, real really,
        usual usually, general generally, certain certainly, perfect perfectly, complete completely,
        final finally, recent recently, direct directly, immediate immediately, serious seriously,
        possible possibly, probable probably, simple simply, free freely, full fully, entire entirely,
        particular particularly, apparent apparently, good well"""),
    "adjective-noun": pairs_of("""
        happy happiness, sad sadness, dark darkness, weak weakness, ill illness, kind kindness, good goodness,
        great greatness, sweet sweetness, soft softness, bitter bitterness, lonely loneliness, mad madness,
        blind blindness, ugly ugliness, rich richness, fit fitness, thick thickness, sick sickness,
        polite politeness, rude rudeness, tender tenderness, bright brightness, foolish foolishness,
        nervous nervousness, conscious consciousness, gentle gentleness, lazy laziness, cold coldness,
        wicked wickedness"""),
    "verb-agent": pairs_of("""
        teach teacher, write writer, read reader, speak speaker, sing singer, dance dancer, play player,
        work worker, farm farmer, hunt hunter, paint painter, build builder, bake baker, drive driver,
        ride rider, run runner, win winner, lead leader, rule ruler, own owner, travel traveler, sail sailor,
        act actor, govern governor, conquer conqueror, invent inventor, visit visitor, murder murderer,
        observe observer, believe believer"""),
    "verb-noun": pairs_of("""
        move movement, agree agreement, govern government, treat treatment, pay payment, arrange arrangement,
        improve improvement, announce announcement, punish punishment, develop development, act action,
        collect collection, direct direction, educate education, invent invention, protect protection,
        describe description, decide decision, divide division, arrive arrival, refuse refusal,
        discover discovery, appear appearance, perform performance, exist existence, know knowledge,
        depart departure, choose choice, live life, lose loss"""),
    "opposites-prefix": pairs_of("""
        able unable, certain uncertain, known unknown, happy unhappy, usual unusual, common uncommon,
        equal unequal, expected unexpected, fortunate unfortunate, important unimportant, just unjust,
        kind unkind, likely unlikely, necessary unnecessary, pleasant unpleasant, true untrue,
        willing unwilling, worthy unworthy, possible impossible, perfect imperfect, patient impatient,
        mortal immortal, moral immoral, visible invisible, direct indirect, finite infinite,
        regular irregular, legal illegal, honest dishonest, dependent independent"""),
    "antonyms": pairs_of("""
        good bad, hot cold, big little, high low, rich poor, strong weak, young old, long short, wide narrow,
        heavy light, deep shallow, black white, day night, right wrong, full empty, first last, open shut,
        true false, up down, early late, easy difficult, north south, east west, love hate,
        war peace, life death, friend enemy, above below, before after, always never, buy sell,
        begin end, remember forget"""),
    "animal-young": pairs_of("""
        dog puppy, cat kitten, cow calf, horse foal, sheep lamb, goat kid, pig piglet, deer fawn, bear cub,
        wolf whelp, fox kit, seal pup, kangaroo joey, hare leveret, hen chick, duck duckling, goose gosling,
        swan cygnet, owl owlet, eagle eaglet, pigeon squab, turkey poult, frog tadpole, eel elver,
        butterfly caterpillar, fish fry"""),
    "cardinal-ordinal": pairs_of("""
        one first, two second, three third, four fourth, five fifth, six sixth, seven seventh, eight eighth,
        nine ninth, ten tenth, eleven eleventh, twelve twelfth, thirteen thirteenth, fourteen fourteenth,
        fifteen fifteenth, sixteen sixteenth, seventeen seventeenth, eighteen eighteenth, nineteen nineteenth,
        twenty twentieth, thirty thirtieth, hundred hundredth, thousand thousandth"""),
}


def everyday_questions() -> str:
    """Return the analogy file (see `questions_of`)."""
    return questions_of(PAIRS)
