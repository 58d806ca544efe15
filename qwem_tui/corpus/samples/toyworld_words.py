"""The words of the toy world: what it talks about, and the function words in between."""

from __future__ import annotations

from dataclasses import dataclass

Words = tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """An analogy category of the toy world, and the words that surround its pairs.

    The pairs fill a table of 4 rows and 3 columns, row by row: a text about a pair uses the words of its row and of
    its column, and the marker words of the side that it tells of (the first words of the pairs, or the second).
    """

    name: str
    pairs: tuple[tuple[str, str], ...]
    rows: tuple[Words, ...]
    columns: tuple[Words, ...]
    first_markers: Words
    second_markers: Words


def _lists(text: str) -> tuple[Words, ...]:
    """Return the words of each item of `text`, items being separated by semicolons."""
    return tuple(tuple(item.split()) for item in text.split(";"))


def _topic(name: str, pairs: str, rows: str, columns: str, markers: str) -> Topic:
    """Return the topic of these lists, each of them written with semicolons between its items."""
    first_markers, second_markers = _lists(markers)
    split = tuple((first, second) for first, second in _lists(pairs))
    return Topic(name, split, _lists(rows), _lists(columns), first_markers, second_markers)


# In the order in which they emerge. A topic's critical size is set by how many words surround its pairs (its block
# of the target is larger, so its eigenvalues are): 36 words a list in the first, 3 in the last.
TOPICS: tuple[Topic, ...] = (
    _topic(
        "capital-country",
        pairs="""
            lisbon portugal; vienna austria; budapest hungary;
            tokyo japan; kathmandu nepal; baghdad iraq;
            dakar senegal; nairobi kenya; cairo egypt;
            havana cuba; santiago chile; ottawa canada""",
        rows="""
            europe vineyard castle cathedral opera waltz monastery cobblestone orchestra symphony violin cheese
            sausage olive rye cabbage beer cider chestnut tapestry chivalry renaissance gothic baroque roman
            cloister abbey chapel clocktower pastry cellar oak beech lavender stork mushroom;
            asia bamboo temple pagoda silk tea rice lotus jade lacquer porcelain monsoon buddha incense lantern
            kimono calligraphy ginger turmeric curry noodles soybean mango orchid tiger panda elephant shrine
            dynasty samurai sandalwood spice pepper caravan rug saffron;
            africa savanna lion giraffe zebra hippo leopard antelope baobab acacia millet sorghum cassava yam
            okra peanut drum mask ivory ebony gazelle hyena ostrich rhinoceros baboon termite safari oasis pyramid
            camel date palm papyrus griot ochre calabash;
            america maize tortilla llama alpaca condor puma jaguar tobacco sugarcane rum cigar rancho cowboy bison
            moose maple beaver canoe totem prairie avocado cacao vanilla chili potato tomato squash
            hacienda poncho sombrero rodeo mustang toucan iguana hummingbird""",
        columns="""
            sea ocean harbor beach island wave tide lighthouse anchor sailor fisherman net coral shell crab lobster
            dolphin whale gull pier dock cargo vessel mast deck captain lagoon reef cliff cape bay gulf salt foam
            seaweed pirate;
            mountain peak summit glacier ridge slope avalanche snow ice climber rope boulder granite gorge ravine
            cave hut shepherd goat eagle pine fir meadow alpine valley pass tunnel mine copper quarry volcano crater
            lava plateau altitude cable;
            river bridge canal ferry barge delta reed heron trout salmon otter willow mill flood levee dam
            irrigation ditch mud silt clay bank stream waterfall rapids current upstream estuary marsh swamp
            frog dragonfly paddle raft ford ripple""",
        markers="""
            capital city mayor street avenue boulevard suburb downtown traffic subway tram skyscraper museum theatre
            embassy pavement plaza cafe taxi metropolis;
            country province population army frontier constitution president treaty territory inhabitants
            independence census region anthem economy exports monarchy minister election hectares""",
    ),
    _topic(
        "family-gender",
        pairs="""
            king queen; duke duchess; prince princess;
            grandfather grandmother; father mother; brother sister;
            uncle aunt; bridegroom bride; nephew niece;
            host hostess; waiter waitress; actor actress""",
        rows="""
            throne crown palace royal court coronation jewel velvet scepter noble heraldry banquet ballroom servant
            guard chancellor reign carriage courtier chandelier portrait ermine goblet herald kingdom;
            home kitchen supper table hearth cradle garden porch attic blanket pillow bedroom stairs family
            household lamp curtain cupboard breakfast bread soup kettle quilt hallway doorstep;
            wedding cousin relative ring vows bouquet cake invitation guests reunion ceremony toast champagne ribbon
            altar veil gift anniversary christening godparent dowry photograph album engagement honeymoon;
            restaurant stage menu audience applause script rehearsal costume encore spotlight comedy tragedy
            drama napkin tray dessert recipe chef ticket scene dialogue premiere cinema studio tip""",
        columns="""
            elderly ancient wisdom memory wrinkles cane rocking spectacles grey retirement pension nostalgia advice
            proverb legacy ancestor slippers bygone veteran frail patience reminiscence heirloom testament generation;
            adult mature career wages duty marriage responsibility mortgage office employer salary parent
            provider promise client budget business profession taxes errand worry newspaper commute insurance
            schedule;
            youthful toy playground school lesson homework mischief giggle doll kite marbles puppet candy cartoon
            bicycle swing tantrum nursery teenager classroom pupil tutor curiosity growth innocence""",
        markers="""
            beard moustache razor trousers necktie waistcoat sideburns barber bowler tuxedo blazer suspenders
            baritone bachelor cufflinks fellow;
            gown bonnet lipstick necklace earrings skirt petticoat blouse perfume bracelet braids shawl soprano
            corset maiden midwife""",
    ),
    _topic(
        "past-tense",
        pairs="""
            eat ate; drink drank; pour poured;
            fight fought; lose lost; strike struck;
            write wrote; teach taught; know knew;
            ride rode; drive drove; fly flew""",
        rows="""
            meal plate spoon fork bowl sauce wine juice milk honey butter stew thirst hunger appetite flavor jug
            pitcher;
            battle soldier sword shield cannon victory enemy siege armor spear regiment general truce wound bugle
            fortress rifle cavalry;
            pencil paper essay chapter alphabet grammar poem novel scholar professor lecture chalk ink diary
            library dictionary arithmetic geography;
            road wheel saddle wagon airplane pilot airport runway highway engine gasoline luggage compass map
            bridle horseback destination mileage""",
        columns="""
            dawn sunrise rooster morning dew birdsong yawn alarm coffee mist daylight noon shade sunshine picnic
            siesta breeze blossom;
            midnight moon star candle dream owl bat dusk evening twilight whisper shadow silence bedtime comet
            galaxy firefly nightfall;
            winter frost sleigh mittens scarf icicle blizzard december january february fireplace firewood chimney
            skates overcoat hail shiver thaw""",
        markers="""
            now today always usually often sometimes tomorrow daily nowadays seldom regularly currently normally;
            yesterday ago once formerly previously recently already earlier since until finally afterwards
            meanwhile""",
    ),
    _topic(
        "comparatives",
        pairs="""
            tall taller; strong stronger; young younger;
            cold colder; warm warmer; dark darker;
            cheap cheaper; heavy heavier; sharp sharper;
            wide wider; deep deeper; high higher""",
        rows="""
            athlete wrestler muscle shoulder giant dwarf champion rower stature gymnast coach weight skeleton;
            weather climate cloud thermometer temperature fog drizzle thunder lightning sky rainbow forecast
            humidity;
            shop bargain price hammer blade anvil iron nail saw axe tool chisel scissors;
            lake horizon depth hole canyon trench pond cavern shaft shore basin tower wall""",
        columns="""
            measure inch yard meter ruler scale gauge unit estimate dimension ratio average maximum;
            afraid glad proud anxious eager jealous cheerful gloomy angry delighted ashamed hopeful curious;
            legend myth fable dragon fairy witch goblin ogre spell potion wand unicorn mermaid""",
        markers="""
            very quite so too fairly extremely pretty really enough as;
            than even much far still rather considerably slightly somewhat becoming""",
    ),
    _topic(
        "plurals",
        pairs="""
            chair chairs; window windows; knife knives;
            foot feet; tooth teeth; hand hands;
            horse horses; mouse mice; egg eggs;
            book books; letter letters; story stories""",
        rows="""
            furniture carpet drawer shelf sofa mirror carpenter varnish parlor;
            elbow knee finger toe chin skin bone doctor ankle;
            barn hay stable farmyard haystack straw pasture fence plough;
            publisher author page envelope stamp margin printer bookmark folio""",
        columns="""
            box basket bag crate parcel bundle sack barrel trunk;
            red blue green yellow brown purple orange pink scarlet;
            round square flat curved oval hollow smooth crooked triangular""",
        markers="""
            each every single another this either neither sole;
            many several few both these various numerous countless""",
    ),
    _topic(
        "country-nationality",
        pairs="""
            germany german; italy italian; france french;
            china chinese; india indian; korea korean;
            morocco moroccan; ethiopia ethiopian; algeria algerian;
            mexico mexican; brazil brazilian; colombia colombian""",
        rows="""
            continental danube rhine alps tyrol bavaria;
            steppe himalaya ganges mekong yangtze punjab;
            sahara nile congo atlas sahel maghreb;
            amazon andes caribbean yucatan orinoco pampas""",
        columns="""
            music melody guitar flute trumpet choir;
            football stadium referee goalkeeper tournament trophy;
            fashion cloth tailor cotton linen embroidery""",
        markers="""
            nation border flag republic sovereign homeland;
            accent citizen passport ancestry descent dialect""",
    ),
    _topic(
        "present-participles",
        pairs="""
            dig digging; plant planting; grow growing;
            clean cleaning; wash washing; paint painting;
            run running; jump jumping; swim swimming;
            speak speaking; sing singing; listen listening""",
        rows="""
            spade soil seed rake;
            broom soap bucket sponge;
            stopwatch sneakers hurdle medal;
            voice microphone radio loudspeaker""",
        columns="""
            neighbor companion volunteer partner;
            holiday weekend sunday saturday;
            village park corner district""",
        markers="""
            will can must should may;
            while keeps began enjoys without""",
    ),
    _topic(
        "country-currency",
        pairs="""
            britain pound; russia ruble; denmark krone;
            thailand baht; iran rial; malaysia ringgit;
            ghana cedi; zambia kwacha; nigeria naira;
            guatemala quetzal; venezuela bolivar; honduras lempira""",
        rows="""
            steel timber machinery;
            rubber tin pearls;
            cobalt diamonds cocoa;
            bananas sugar petroleum""",
        columns="""
            silver purse mint;
            wallet receipt banknote;
            customer stall auction""",
        markers="""
            trade tariff customs industry;
            coin exchange cash payment""",
    ),
)

# Function words and common words, the most frequent first: they fill every text alike.
(FILLER,) = _lists(
    """
    the of and to a in that it was is for on with they at by from we you i or an not are but had has which all were
    when there their said if out up what about into them some could time other then no more only like its people
    over just did way also after back first our me new work because any give most us thing day where through own
    here between long might something place same part around great why though good again against world made going
    found little during person asked among whose matter almost yet perhaps toward kind able under behind along help
    call seem bring need reason case turn moment nothing everything anything someone everyone away together next
    themselves itself upon within across according such my your point number form fact question answer end start
    beginning middle whether indeed therefore thus instead
    """
)
